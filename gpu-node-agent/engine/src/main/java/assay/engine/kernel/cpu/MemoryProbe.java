package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Lanes.loadInts;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import jdk.incubator.vector.IntVector;

/**
 * How fast this machine's memory can be read, the way the kernels read weights: the limit that
 * decoding is measured against.
 */
public final class MemoryProbe {
    private static final int ROUNDS = 5;
    private static final int PART_BYTES = 1 << 20;
    private static final int STEP_BYTES = 4 * Lanes.BYTES;
    private static final double NANOS_PER_SECOND = 1e9;

    private MemoryProbe() {}

    /**
     * Reads a block of memory several times over and tells the best round.
     *
     * @param threads that read, at least 1
     * @param bytes of the block, at least 1 MiB; far above the last cache's size to measure memory,
     *     or the size of a model to measure what that model can get
     */
    public static double readBytesPerSecond(int threads, long bytes) {
        if (threads < 1 || bytes < PART_BYTES) {
            throw new EngineException(
                    ErrorCode.REQUEST_INVALID,
                    "memory probe: %d threads, %d bytes (expected: at least 1 and %d)"
                            .formatted(threads, bytes, PART_BYTES));
        }
        int parts = Math.toIntExact(bytes / PART_BYTES);
        try (Arena arena = Arena.ofShared();
                WorkerPool pool = new WorkerPool(threads)) {
            MemorySegment block = arena.allocate((long) parts * PART_BYTES, STEP_BYTES);
            block.fill((byte) 1);
            AtomicInteger sum = new AtomicInteger();
            double best = 0;
            // One round more than is counted: the first compiles the loop.
            for (int round = 0; round <= ROUNDS; round++) {
                long begin = System.nanoTime();
                pool.run(
                        parts,
                        (worker, part) ->
                                sum.addAndGet(read(block.address() + (long) part * PART_BYTES)));
                double seconds = (System.nanoTime() - begin) / NANOS_PER_SECOND;
                best = round == 0 ? 0 : Math.max(best, block.byteSize() / seconds);
            }
            return best;
        }
    }

    private static int read(long address) {
        IntVector a = IntVector.zero(Lanes.INTS);
        IntVector b = a;
        IntVector c = a;
        IntVector d = a;
        for (int i = 0; i < PART_BYTES; i += STEP_BYTES) {
            long at = address + i;
            a = a.add(loadInts(at));
            b = b.add(loadInts(at + Lanes.BYTES));
            c = c.add(loadInts(at + 2 * Lanes.BYTES));
            d = d.add(loadInts(at + 3 * Lanes.BYTES));
        }
        return a.add(b).add(c.add(d)).lane(0);
    }
}
