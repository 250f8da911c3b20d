package assay.engine.kernel.cuda.driver;

/** Memory of a device. Confined to the thread of its context. */
public final class GpuMemory implements AutoCloseable {
    private final CudaDriver cuda;
    private final long bytes;
    private long address;

    GpuMemory(CudaDriver cuda, long address, long bytes) {
        this.cuda = cuda;
        this.address = address;
        this.bytes = bytes;
    }

    /** Where it begins, on a boundary of 256 bytes. */
    public long address() {
        if (address == 0) {
            throw new IllegalStateException("device memory of " + bytes + " bytes: closed");
        }
        return address;
    }

    public long bytes() {
        return bytes;
    }

    /** Frees it; the second time does nothing. */
    @Override
    public void close() {
        if (address != 0) {
            long freed = address;
            address = 0;
            cuda.cuMemFree(freed);
        }
    }
}
