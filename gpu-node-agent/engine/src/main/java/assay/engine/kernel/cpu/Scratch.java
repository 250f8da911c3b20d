package assay.engine.kernel.cpu;

import java.lang.foreign.Arena;

/**
 * Native memory that grows on request and keeps nothing when it does. Confined to the caller's
 * thread.
 */
final class Scratch implements AutoCloseable {
    private static final int CACHE_LINE_BYTES = 64;

    private final int alignment;
    private Arena arena = Arena.ofShared();
    private long bytes;
    private long address;

    /** On a cache line. */
    Scratch() {
        this(CACHE_LINE_BYTES);
    }

    Scratch(int alignment) {
        this.alignment = alignment;
    }

    /** Makes it hold so many bytes; addresses given out before may become invalid. */
    void reserve(long wanted) {
        if (wanted > bytes) {
            arena.close();
            arena = Arena.ofShared();
            address = arena.allocate(wanted, alignment).address();
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
