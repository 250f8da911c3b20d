package assay.engine.kernel.cuda.driver;

/** Work that was captured once and is launched as one. Confined to the thread of its context. */
public final class GpuGraph implements AutoCloseable {
    private final CudaDriver cuda;
    private final long handle;
    private boolean open = true;

    GpuGraph(CudaDriver cuda, long handle) {
        this.cuda = cuda;
        this.handle = handle;
    }

    long handle() {
        return handle;
    }

    /** Frees it; the second time does nothing. */
    @Override
    public void close() {
        if (open) {
            open = false;
            cuda.cuGraphExecDestroy(handle);
        }
    }
}
