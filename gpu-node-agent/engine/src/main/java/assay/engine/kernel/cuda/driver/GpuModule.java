package assay.engine.kernel.cuda.driver;

/** Machine code on a device. Confined to the thread of its context. */
public final class GpuModule implements AutoCloseable {
    private static final int SHARED_BYTES_OF_ALL = 48 << 10;

    private final CudaDriver cuda;
    private final long handle;
    private final LaunchConfig config;
    private final int sharedBytesMax;
    private boolean open = true;

    GpuModule(CudaDriver cuda, long handle, LaunchConfig config, int sharedBytesMax) {
        this.cuda = cuda;
        this.handle = handle;
        this.config = config;
        this.sharedBytesMax = sharedBytesMax;
    }

    /** A kernel by its {@code extern "C"} name, with up to 48 KiB of dynamic shared memory. */
    public GpuKernel kernel(String name) {
        return kernel(name, SHARED_BYTES_OF_ALL);
    }

    /**
     * A kernel by its {@code extern "C"} name.
     *
     * @param sharedBytes of dynamic shared memory that a launch may ask for
     * @throws assay.engine.EngineException DEVICE_FAILED when there is none of that name, or the
     *     device has less shared memory
     */
    public GpuKernel kernel(String name, int sharedBytes) {
        long function = cuda.cuModuleGetFunction(handle, name);
        if (sharedBytes > SHARED_BYTES_OF_ALL) {
            cuda.allowSharedBytes(function, Math.min(sharedBytes, sharedBytesMax));
        }
        return new GpuKernel(cuda, config, name, function);
    }

    /** Unloads it; the second time does nothing. */
    @Override
    public void close() {
        if (open) {
            open = false;
            cuda.cuModuleUnload(handle);
        }
    }
}
