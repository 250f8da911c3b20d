package assay.engine.kernel.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import jdk.incubator.vector.FloatVector;

/** How many f32 multiplications and additions this machine does a second: the limit of prefill. */
public final class VectorProbe {
    private static final int ITEMS = 64;
    private static final int STEPS = 20_000;
    private static final int CHAINS = 10;
    private static final int ROUNDS = 20;

    private VectorProbe() {}

    /** Operations a second of so many threads, over a few milliseconds. */
    public static double operationsPerSecond(int threads) {
        AtomicInteger sink = new AtomicInteger();
        try (WorkerPool pool = new WorkerPool(threads)) {
            double best = Double.MAX_VALUE;
            // The first rounds compile the loop.
            for (int round = 0; round < ROUNDS; round++) {
                long begin = System.nanoTime();
                pool.run(ITEMS, (worker, item) -> sink.addAndGet((int) chains()));
                best = Math.min(best, (System.nanoTime() - begin) / 1e9);
            }
            return 2.0 * ITEMS * STEPS * CHAINS * Wide.COUNT / best;
        }
    }

    private static float chains() {
        FloatVector a = Wide.broadcast(1.0001f);
        FloatVector b = Wide.broadcast(0.0001f);
        FloatVector c0 = a;
        FloatVector c1 = a;
        FloatVector c2 = a;
        FloatVector c3 = a;
        FloatVector c4 = a;
        FloatVector c5 = a;
        FloatVector c6 = a;
        FloatVector c7 = a;
        FloatVector c8 = a;
        FloatVector c9 = a;
        for (int i = 0; i < STEPS; i++) {
            c0 = c0.fma(a, b);
            c1 = c1.fma(a, b);
            c2 = c2.fma(a, b);
            c3 = c3.fma(a, b);
            c4 = c4.fma(a, b);
            c5 = c5.fma(a, b);
            c6 = c6.fma(a, b);
            c7 = c7.fma(a, b);
            c8 = c8.fma(a, b);
            c9 = c9.fma(a, b);
        }
        FloatVector low = c0.add(c1).add(c2).add(c3).add(c4);
        return low.add(c5).add(c6).add(c7).add(c8).add(c9).lane(0);
    }
}
