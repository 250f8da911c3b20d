package assay.engine.kernel.cpu;

import assay.engine.kernel.Backend;
import assay.engine.kernel.DType;
import assay.engine.kernel.RandomTensors;
import assay.engine.kernel.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Products with weights of each type, far more than the caches hold: bytes of weights a second with
 * one input, and operations a second with many. Best of several rounds, since other work on the
 * machine only ever slows it down.
 *
 * <p>Arguments: types, all of them without any.
 */
public final class ProductBench {
    private static final int WIDTH = 2_048;
    private static final int ROWS = 2_048;
    private static final long WEIGHT_BYTES = 128L << 20;
    private static final int[] TOKENS = {1, 4, 16, 256};
    private static final int ROUNDS = 15;

    private ProductBench() {}

    public static void main(String[] args) {
        int threads = Runtime.getRuntime().availableProcessors();
        List<DType> types = new ArrayList<>();
        for (String arg : args) {
            types.add(DType.valueOf(arg));
        }
        double memory = MemoryProbe.readBytesPerSecond(threads, WEIGHT_BYTES) / 1e9;
        System.out.printf("%d threads, memory read %.1f GB/s%n", threads, memory);
        try (Backend backend = new CpuBackend(threads)) {
            for (DType type : types.isEmpty() ? List.of(DType.values()) : types) {
                measure(backend, type);
            }
        }
    }

    private static void measure(Backend backend, DType type) {
        try (Arena arena = Arena.ofShared()) {
            RandomTensors random = new RandomTensors(arena, new Random(1));
            Tensor first = random.next(type, ROWS, WIDTH);
            List<Tensor> weights = new ArrayList<>();
            for (long bytes = 0; bytes < WEIGHT_BYTES; bytes += first.bytes()) {
                var data = arena.allocate(first.data().byteSize(), 64).copyFrom(first.data());
                weights.add(new Tensor(type, ROWS, WIDTH, data, first.scales()));
            }
            double[] seconds = new double[TOKENS.length];
            Arrays.fill(seconds, Double.MAX_VALUE);
            double peak = 0;
            for (int round = 0; round < ROUNDS; round++) {
                peak = Math.max(peak, VectorProbe.operationsPerSecond(2));
                for (int i = 0; i < TOKENS.length; i++) {
                    seconds[i] =
                            Math.min(
                                    seconds[i],
                                    multiply(backend, weights, TOKENS[i], random, arena));
                }
            }
            System.out.printf("%-8s peak %.0f", type, peak / 1e9);
            for (int i = 0; i < TOKENS.length; i++) {
                double operations = 2.0 * TOKENS[i] * ROWS * WIDTH;
                System.out.printf(
                        "  T=%d: %.2f GB/s %.1f GFLOP/s",
                        TOKENS[i], first.bytes() / seconds[i] / 1e9, operations / seconds[i] / 1e9);
            }
            System.out.println();
        }
    }

    /** Seconds for one weight. */
    private static double multiply(
            Backend backend, List<Tensor> weights, int tokens, RandomTensors random, Arena arena) {
        Tensor x = random.next(DType.F32, tokens, WIDTH);
        Tensor out = Tensor.allocate(arena, tokens, ROWS);
        int count = Math.clamp(weights.size() * 16L / tokens, 1, weights.size());
        long begin = System.nanoTime();
        for (Tensor weight : weights.subList(0, count)) {
            backend.matmul(x, List.of(weight), List.of(out));
        }
        return (System.nanoTime() - begin) / 1e9 / count;
    }
}
