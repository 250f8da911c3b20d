package assay.engine.kernel.cuda.driver;

import java.lang.foreign.MemorySegment;

/** A kernel of a {@link GpuModule}, valid as long as it. Confined to the thread of its context. */
public final class GpuKernel {
    private final CudaDriver cuda;
    private final LaunchConfig config;
    private final String name;
    private final long function;

    GpuKernel(CudaDriver cuda, LaunchConfig config, String name, long function) {
        this.cuda = cuda;
        this.config = config;
        this.name = name;
        this.function = function;
    }

    public String name() {
        return name;
    }

    /**
     * Runs the kernel behind all that is in the stream; returns before it has run.
     *
     * @param blocks of the grid
     * @param threads of a block
     * @param sharedBytes of dynamic shared memory for each block
     * @param early its blocks may begin while the kernel before still runs: it waits itself ({@code
     *     griddepcontrol.wait}) before it reads what that one writes. Compute capability 9.0
     * @param arguments each at a multiple of its size, in the order and of the types of the
     *     kernel's parameters, which nobody can check; copied before this returns
     */
    public void launch(
            GpuStream stream,
            Blocks blocks,
            int threads,
            int sharedBytes,
            boolean early,
            MemorySegment arguments) {
        launch(stream.handle(), blocks, threads, sharedBytes, early, arguments);
    }

    /** The same on a stream by its handle. */
    public void launch(
            long stream,
            Blocks blocks,
            int threads,
            int sharedBytes,
            boolean early,
            MemorySegment arguments) {
        try {
            config.write(stream, blocks, threads, sharedBytes, early, arguments);
            cuda.cuLaunchKernelEx(config.address(), function, 0, config.extraAddress());
        } catch (assay.engine.EngineException e) {
            throw new assay.engine.EngineException(
                    e.code(), "kernel %s: %s".formatted(name, e.getMessage()), e);
        }
    }

    /** Blocks along x, y and z. */
    public record Blocks(int x, int y, int z) {}

    /** Blocks of so many threads and so much dynamic shared memory that a multiprocessor holds. */
    public int blocksPerMultiprocessor(int threads, int sharedBytes) {
        return cuda.cuOccupancyMaxActiveBlocksPerMultiprocessor(function, threads, sharedBytes);
    }
}
