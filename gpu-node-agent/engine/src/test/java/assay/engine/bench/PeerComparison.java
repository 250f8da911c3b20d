package assay.engine.bench;

import assay.engine.kernel.cpu.MemoryProbe;
import assay.engine.kernel.cpu.VectorProbe;
import assay.engine.weights.GgmlType;
import assay.engine.weights.RandomGguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * The engine beside its peers: the same llama-shaped model of 1.1 billion random parameters, the
 * same threads, measured in turn, round after round, so that what else the machine does falls on
 * all alike. The first contender is ours; ratios are ours to the peer's, by medians. A peer that
 * cannot be fetched or started is left out and said so.
 *
 * <p>Options: {@code --peers NAME,...} (llama.cpp, kherud, jlama; none for ours alone), {@code
 * --types Q8_0,F16}, {@code --rounds N}, {@code --threads N}, {@code --prompt TOKENS}, {@code
 * --steps N}, {@code --folder DIR} for models and peers, {@code --keep} to leave the models there.
 */
public final class PeerComparison {
    private static final double GIGA = 1e9;
    private static final long PROBE_BYTES = 512L << 20;

    /** Of the GGUF's matrices that a token goes through; the embedding is only looked up. */
    private static final double PARAMETERS = 1.034e9;

    private final BenchOptions options;
    private final Peers peers;
    private final List<String> json = new ArrayList<>();

    private PeerComparison(BenchOptions options) {
        this.options = options;
        this.peers = new Peers(options);
    }

    public static void main(String[] args) throws IOException {
        new PeerComparison(BenchOptions.parse(args)).run();
    }

    private void run() throws IOException {
        Files.createDirectories(options.folder());
        int threads = options.work().threads();
        double memory = MemoryProbe.readBytesPerSecond(threads, PROBE_BYTES);
        double vectors = VectorProbe.operationsPerSecond(threads);
        System.out.printf(
                "%d threads; memory read %.1f GB/s, vector units %.0f GFLOP/s (f32)%n",
                threads, memory / GIGA, vectors / GIGA);
        for (GgmlType type : options.types()) {
            compare(type, memory, vectors);
        }
        System.out.printf(
                Locale.ROOT,
                "{\"threads\":%d,\"memoryBytesPerSecond\":%.0f,\"vectorFlops\":%.0f,\"runs\":[%s]}%n",
                threads,
                memory,
                vectors,
                String.join(",", json));
    }

    private void compare(GgmlType type, double memory, double vectors) throws IOException {
        RandomGguf.Shape shape = RandomGguf.Shape.oneBillion(type);
        Path model = options.folder().resolve("random-1b-" + type + ".gguf");
        if (!Files.exists(model)) {
            RandomGguf.write(model, shape, 1);
        }
        long bytes = Files.size(model);
        List<Contender> contenders = new ArrayList<>();
        try {
            contenders.add(peers.own(model));
            for (String peer : options.peers()) {
                peers.start(peer, model, shape).ifPresent(contenders::add);
            }
            var rates = measure(contenders);
            print(type, contenders, rates, bytes / memory, vectors);
        } finally {
            contenders.forEach(Contender::close);
            if (!options.keep()) {
                Files.deleteIfExists(model);
                peers.deleteModels();
            }
        }
    }

    private Map<Contender, Map<Measure, double[]>> measure(List<Contender> contenders)
            throws IOException {
        Map<Contender, Map<Measure, double[]>> rates = new LinkedHashMap<>();
        for (Contender contender : contenders) {
            rates.put(contender, new EnumMap<>(Measure.class));
        }
        for (int round = 0; round < options.rounds(); round++) {
            for (Measure measure : Measure.values()) {
                for (Contender contender : contenders) {
                    OptionalDouble rate = contender.measure(measure);
                    if (rate.isPresent()) {
                        double[] rounds =
                                of(rates, contender)
                                        .computeIfAbsent(
                                                measure, m -> new double[options.rounds()]);
                        rounds[round] = rate.getAsDouble();
                    }
                }
            }
        }
        return rates;
    }

    private static Map<Measure, double[]> of(
            Map<Contender, Map<Measure, double[]>> rates, Contender contender) {
        return Objects.requireNonNull(rates.get(contender), "rates of a contender");
    }

    /** Ours can measure everything. */
    private static double[] own(
            Map<Contender, Map<Measure, double[]>> rates, Contender ours, Measure measure) {
        return Objects.requireNonNull(of(rates, ours).get(measure), "a measure of our own");
    }

    private void print(
            GgmlType type,
            List<Contender> contenders,
            Map<Contender, Map<Measure, double[]>> rates,
            double secondsPerRead,
            double vectors) {
        System.out.printf("%n%s%n%-24s", type, "tokens/s, median");
        contenders.forEach(contender -> System.out.printf("%20s", contender.name()));
        System.out.printf("%20s%n", "ours, of the limit");
        for (Measure measure : Measure.values()) {
            System.out.printf("%-24s", measure.title());
            double ours = median(own(rates, contenders.getFirst(), measure));
            for (Contender contender : contenders) {
                double[] values = of(rates, contender).get(measure);
                if (values == null) {
                    System.out.printf("%20s", "-");
                    continue;
                }
                double rate = median(values);
                System.out.printf("%20s", "%.1f (ours %.2fx)".formatted(rate, ours / rate));
                json.add(
                        "{\"type\":\"%s\",\"engine\":\"%s\",\"measure\":\"%s\",\"rounds\":%s}"
                                .formatted(
                                        type,
                                        contender.name(),
                                        measure.request(),
                                        Arrays.toString(values)));
            }
            double limit =
                    measure.readsWeightsPerToken()
                            ? 1 / secondsPerRead
                            : vectors / (2 * PARAMETERS);
            System.out.printf(
                    "%20s%n",
                    "%.2f %s"
                            .formatted(
                                    ours / limit,
                                    measure.readsWeightsPerToken() ? "memory" : "vectors"));
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
