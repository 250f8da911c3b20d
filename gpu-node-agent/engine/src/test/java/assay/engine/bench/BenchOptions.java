package assay.engine.bench;

import assay.engine.weights.GgmlType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What {@link PeerComparison} is told on its command line. */
record BenchOptions(
        List<String> peers,
        List<GgmlType> types,
        int rounds,
        Workload work,
        Path folder,
        boolean keep) {

    static BenchOptions parse(String[] args) {
        List<String> peers = List.of("llama.cpp", "kherud", "jlama");
        List<GgmlType> types = List.of(GgmlType.Q8_0, GgmlType.F16);
        int rounds = 5;
        int threads = Runtime.getRuntime().availableProcessors();
        int prompt = 512;
        int steps = 16;
        Path folder = Path.of(System.getProperty("java.io.tmpdir"), "assay-engine-bench");
        boolean keep = false;
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--peers" -> peers = list(args[++i]);
                case "--types" -> types = list(args[++i]).stream().map(GgmlType::valueOf).toList();
                case "--rounds" -> rounds = Integer.parseInt(args[++i]);
                case "--threads" -> threads = Integer.parseInt(args[++i]);
                case "--prompt" -> prompt = Integer.parseInt(args[++i]);
                case "--steps" -> steps = Integer.parseInt(args[++i]);
                case "--folder" -> folder = Path.of(args[++i]);
                case "--keep" -> keep = true;
                default -> throw new IllegalArgumentException("unknown option: " + args[i]);
            }
        }
        return new BenchOptions(
                peers, types, rounds, new Workload(threads, prompt, steps), folder, keep);
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(",")).filter(part -> !part.equals("none")).toList();
    }
}
