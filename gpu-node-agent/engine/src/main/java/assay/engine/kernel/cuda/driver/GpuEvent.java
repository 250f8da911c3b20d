package assay.engine.kernel.cuda.driver;

/** A point in a stream. Confined to the thread of its context. */
public final class GpuEvent implements AutoCloseable {
    private final CudaDriver cuda;
    private final long handle;
    private boolean open = true;

    GpuEvent(CudaDriver cuda, boolean timing) {
        this.cuda = cuda;
        this.handle = cuda.cuEventCreate(timing);
    }

    long handle() {
        return handle;
    }

    /** Waits until the device has passed it; at once where it was never recorded. */
    public void await() {
        cuda.cuEventSynchronize(handle);
    }

    /** Milliseconds on the device's clock until the other; both have been passed. */
    public float millisTo(GpuEvent later) {
        return cuda.cuEventElapsedTime(handle, later.handle);
    }

    /** Frees it; the second time does nothing. */
    @Override
    public void close() {
        if (open) {
            open = false;
            cuda.cuEventDestroy(handle);
        }
    }
}
