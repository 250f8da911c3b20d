package assay.engine.kernel.cuda.driver;

import java.lang.foreign.MemorySegment;

/**
 * Memory of the host that stays where it is, so that a device's copies run beside the program. What
 * a copy that is under way reads must not be written, and what it writes must not be read.
 */
public final class PinnedMemory implements AutoCloseable {
    private final CudaDriver cuda;
    private final MemorySegment segment;
    private boolean open = true;

    @SuppressWarnings("restricted")
    PinnedMemory(CudaDriver cuda, long address, long bytes) {
        this.cuda = cuda;
        this.segment = MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    /** All of it; not to be used once this is closed. */
    public MemorySegment segment() {
        if (!open) {
            throw new IllegalStateException("pinned memory: closed");
        }
        return segment;
    }

    /** Frees it; the second time does nothing. */
    @Override
    public void close() {
        if (open) {
            open = false;
            cuda.cuMemFreeHost(segment.address());
        }
    }
}
