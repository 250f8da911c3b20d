package assay.engine.kernel.cuda.driver;

/** A kernel of a {@link GpuModule}, valid as long as it. Immutable. */
public final class GpuKernel {
    private final CudaDriver cuda;
    private final String name;
    private final long function;

    GpuKernel(CudaDriver cuda, String name, long function) {
        this.cuda = cuda;
        this.name = name;
        this.function = function;
    }

    public String name() {
        return name;
    }

    long function() {
        return function;
    }

    /** Blocks of so many threads and so much dynamic shared memory that a multiprocessor holds. */
    public int blocksPerMultiprocessor(int threads, int sharedBytes) {
        return cuda.cuOccupancyMaxActiveBlocksPerMultiprocessor(function, threads, sharedBytes);
    }
}
