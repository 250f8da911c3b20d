package assay.agent.bench;

import assay.agent.config.HostPort;
import assay.agent.fake.FakeGateway;
import assay.agent.fake.ReferenceModel;
import assay.agent.fake.TestCluster;
import assay.engine.kernel.cpu.MemoryProbe;
import assay.inference.v1.GenerateRequest;
import assay.inference.v1.Sampling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Tokens per second through one agent and through two, each a process of its own, over mutual TLS
 * on loopback, with the reference model; beside the memory bandwidth of this machine, which bounds
 * decoding: each token of a batch reads every weight once, so decode steps per second times weight
 * bytes is what is really read.
 *
 * <p>Canonical workload: prefill of a prompt of about 900 tokens with one token generated; decode
 * of 128 tokens after a short prompt, alone and 16 at once. Medians of five, after two rounds that
 * are not counted.
 */
public final class PipelineBench {
    private static final int ROUNDS = 5;
    private static final int WARM_UP = 1;
    private static final int DECODE_TOKENS = 64;
    private static final int BATCH = 16;
    private static final String SHORT_PROMPT = "<|bos|><|theorem|>";
    private static final String LONG_PROMPT =
            "<|bos|><|code|>" + "x = a + b - c * d / e % f\n".repeat(45);

    private PipelineBench() {}

    /** What one shape of the pipeline did. */
    private record Row(
            String name,
            double prefill,
            double decodeAlone,
            double decodeBatch,
            long weightBytes) {}

    /** Prints a table in Markdown on standard output. */
    public static void main(String[] arguments) throws Exception {
        int cores = Runtime.getRuntime().availableProcessors();
        long weights = ReferenceModel.weightBytes(0, 8);
        List<Row> rows = new ArrayList<>();
        rows.add(measure("1 agent", 1, cores, weights));
        rows.add(measure("2 agents", 2, Math.max(1, cores / 2), weights));
        double memory = MemoryProbe.readBytesPerSecond(cores, 512L << 20);
        double cached = MemoryProbe.readBytesPerSecond(cores, weights);
        print(rows, cores, memory, cached);
    }

    private static Row measure(String name, int agents, int threads, long weights)
            throws Exception {
        Path folder = Files.createTempDirectory("assay-bench");
        List<AgentProcess> processes = new ArrayList<>();
        try (TestCluster cluster = new TestCluster(folder)) {
            List<String> names = new ArrayList<>();
            for (int i = 0; i < agents; i++) {
                names.add("agent-" + (i + 1));
                processes.add(new AgentProcess(names.get(i), folder, cluster.scheduler(), threads));
            }
            cluster.deploy(1, names.toArray(String[]::new));
            HostPort head = HostPort.parse(cluster.scheduler().node(names.getFirst()).address());
            try (FakeGateway gateway = new FakeGateway(cluster.authority(), head)) {
                return new Row(
                        name,
                        median(() -> prefill(gateway)),
                        median(() -> decode(gateway, 1)),
                        median(() -> decode(gateway, BATCH)),
                        weights);
            }
        } finally {
            processes.forEach(AgentProcess::close);
            delete(folder);
        }
    }

    private interface Measurement {
        double tokensPerSecond() throws ExecutionException, InterruptedException;
    }

    private static double median(Measurement measurement)
            throws ExecutionException, InterruptedException {
        for (int i = 0; i < WARM_UP; i++) {
            measurement.tokensPerSecond();
        }
        double[] values = new double[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            values[i] = measurement.tokensPerSecond();
        }
        Arrays.sort(values);
        return values[ROUNDS / 2];
    }

    private static double prefill(FakeGateway gateway) {
        var finished = gateway.generate(request(LONG_PROMPT, 1, 0)).last().getFinished();
        return finished.getPromptTokens() * 1e6 / finished.getTimeToFirstTokenMicros();
    }

    /**
     * From first token to last, of all sequences together; they all generate the same number of
     * tokens.
     */
    private static double decode(FakeGateway gateway, int batch)
            throws ExecutionException, InterruptedException {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            long from = System.nanoTime();
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < batch; i++) {
                int seed = i;
                answers.add(callers.submit(() -> tokens(gateway, seed)));
            }
            int tokens = 0;
            for (Future<Integer> answer : answers) {
                tokens += answer.get();
            }
            return tokens * 1e9 / (System.nanoTime() - from);
        }
    }

    private static int tokens(FakeGateway gateway, int seed) {
        return gateway.generate(request(SHORT_PROMPT, DECODE_TOKENS, 1 + seed))
                .last()
                .getFinished()
                .getCompletionTokens();
    }

    /**
     * Sampled hot, so that no answer ends early: the end of sequence is one of 1536 equally likely
     * ids.
     */
    private static GenerateRequest request(String prompt, int maxTokens, int seed) {
        return TestCluster.request(1, prompt, maxTokens)
                .setSampling(Sampling.newBuilder().setTemperature(100).setSeed(seed))
                .build();
    }

    private static void print(List<Row> rows, int cores, double memory, double cached) {
        StringBuilder out = new StringBuilder();
        out.append(
                String.format(
                        Locale.ROOT,
                        "%d threads in all; memory read %.1f GB/s (512 MiB block), %.1f GB/s (block of the model's size)%n%n",
                        cores,
                        memory / 1e9,
                        cached / 1e9));
        out.append(
                "| pipeline | prefill tokens/s | decode tokens/s, 1 sequence | decode tokens/s, 16 sequences | weights read at 1 sequence | ratio to memory read | ratio to cached read |\n");
        out.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        for (Row row : rows) {
            double bytes = row.decodeAlone() * row.weightBytes();
            out.append(
                    String.format(
                            Locale.ROOT,
                            "| %s | %.0f | %.1f | %.1f | %.2f GB/s | %.3f | %.3f |%n",
                            row.name(),
                            row.prefill(),
                            row.decodeAlone(),
                            row.decodeBatch(),
                            bytes / 1e9,
                            bytes / memory,
                            bytes / cached));
        }
        System.out.print(out);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
