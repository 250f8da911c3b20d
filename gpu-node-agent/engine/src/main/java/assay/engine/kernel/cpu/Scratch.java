package assay.engine.kernel.cpu;

import java.lang.foreign.Arena;

/**
 * Native memory that grows on request and keeps nothing when it does. Confined to the caller's
 * thread.
 */
final class Scratch implements AutoCloseable {
    private static final int ALIGNMENT_BYTES = 64;

    private Arena arena = Arena.ofShared();
    private long bytes;
    private long address;

    /** Makes it hold so many bytes; addresses given out before may become invalid. */
    void reserve(long wanted) {
        if (wanted > bytes) {
            arena.close();
            arena = Arena.ofShared();
            address = arena.allocate(wanted, ALIGNMENT_BYTES).address();
            bytes = wanted;
        }
    }

    long address() {
        return address;
    }

    @Override
    public void close() {
        arena.close();
    }
}
