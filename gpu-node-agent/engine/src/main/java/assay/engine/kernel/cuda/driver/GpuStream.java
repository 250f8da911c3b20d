package assay.engine.kernel.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Work of a device in the order it is given. Every method but the waits returns before the work is
 * done; an error of the work itself shows in a later call. Confined to the thread of its context.
 */
public final class GpuStream implements AutoCloseable {
    /** CUlaunchConfig: seven ints, padding, the stream, the attributes, their number. */
    private static final int CONFIG_BYTES = 56;

    private static final int CONFIG_STREAM = 32;
    private static final int CONFIG_ATTRIBUTES = 40;
    private static final int CONFIG_ATTRIBUTE_COUNT = 48;

    /** CUlaunchAttribute: an enum, padding to 8, a union of 64 bytes. */
    private static final int ATTRIBUTE_BYTES = 72;

    private static final int ATTRIBUTE_VALUE = 8;
    private static final int PROGRAMMATIC_STREAM_SERIALIZATION = 6;

    private final CudaDriver cuda;
    private final long handle;
    private final KernelArguments arguments;
    private final MemorySegment config;
    private boolean open = true;

    GpuStream(GpuContext context) {
        this.cuda = context.cuda();
        this.handle = cuda.cuStreamCreate();
        Arena arena = Arena.ofAuto();
        this.arguments = new KernelArguments(arena);
        this.config = arena.allocate(CONFIG_BYTES + ATTRIBUTE_BYTES, Long.BYTES);
        config.set(ValueLayout.JAVA_LONG, CONFIG_STREAM, handle);
        config.set(ValueLayout.JAVA_LONG, CONFIG_ATTRIBUTES, config.address() + CONFIG_BYTES);
        config.set(ValueLayout.JAVA_INT, CONFIG_ATTRIBUTE_COUNT, 1);
        config.set(ValueLayout.JAVA_INT, CONFIG_BYTES, PROGRAMMATIC_STREAM_SERIALIZATION);
        config.set(ValueLayout.JAVA_INT, CONFIG_BYTES + ATTRIBUTE_VALUE, 1);
    }

    long handle() {
        return handle;
    }

    /** This stream's own, begun anew: the arguments of the launch that follows. */
    public KernelArguments arguments() {
        return arguments.begin();
    }

    /**
     * Runs a kernel behind all that is in the stream.
     *
     * @param sharedBytes of dynamic shared memory for each block
     */
    public void launch(GpuKernel kernel, Launch launch, int sharedBytes, KernelArguments with) {
        cuda.cuLaunchKernel(kernel.function(), launch, sharedBytes, handle, with.address());
    }

    /**
     * The same, but its blocks may begin while the kernel before still runs: the kernel must wait
     * ({@code griddepcontrol.wait}) before it reads what that one writes. Compute capability 9.0.
     */
    public void launchEarly(
            GpuKernel kernel, Launch launch, int sharedBytes, KernelArguments with) {
        config.setAtIndex(ValueLayout.JAVA_INT, 0, launch.gridX());
        config.setAtIndex(ValueLayout.JAVA_INT, 1, launch.gridY());
        config.setAtIndex(ValueLayout.JAVA_INT, 2, launch.gridZ());
        config.setAtIndex(ValueLayout.JAVA_INT, 3, launch.blockX());
        config.setAtIndex(ValueLayout.JAVA_INT, 4, launch.blockY());
        config.setAtIndex(ValueLayout.JAVA_INT, 5, launch.blockZ());
        config.setAtIndex(ValueLayout.JAVA_INT, 6, sharedBytes);
        cuda.cuLaunchKernelEx(config.address(), kernel.function(), with.address());
    }

    /**
     * Copies to the device. From pinned memory the copy runs by itself, and the memory is in use
     * until it has ended; from other memory the call waits.
     */
    public void upload(MemorySegment from, long to) {
        cuda.cuMemcpyHtoDAsync(to, from.address(), from.byteSize(), handle);
    }

    /** Copies from the device, filling the segment; of pinned memory as for {@link #upload}. */
    public void download(long from, MemorySegment to) {
        cuda.cuMemcpyDtoHAsync(to.address(), from, to.byteSize(), handle);
    }

    /** Copies within the device. */
    public void copy(long from, long to, long bytes) {
        cuda.cuMemcpyDtoDAsync(to, from, bytes, handle);
    }

    /** Copies from this stream's device to another; through the host where they have no link. */
    public void copyToPeer(GpuContext own, long from, GpuContext peer, long to, long bytes) {
        cuda.cuMemcpyPeerAsync(to, peer.handle(), from, own.handle(), bytes, handle);
    }

    /** Sets each byte. */
    public void fill(long address, int value, long bytes) {
        cuda.cuMemsetD8Async(address, value, bytes, handle);
    }

    public void record(GpuEvent event) {
        cuda.cuEventRecord(event.handle(), handle);
    }

    /** What follows in this stream runs behind the event, which may be another stream's. */
    public void waitFor(GpuEvent event) {
        cuda.cuStreamWaitEvent(handle, event.handle());
    }

    /** Waits until the device has done all of it. */
    public void await() {
        cuda.cuStreamSynchronize(handle);
    }

    /** Whether {@link #await} would return at once. */
    public boolean idle() {
        return cuda.cuStreamQuery(handle);
    }

    /**
     * Gathers what {@code work} puts into this stream into a graph and runs none of it. The work
     * must not wait, allocate or load.
     */
    public GpuGraph capture(Runnable work) {
        cuda.cuStreamBeginCapture(handle);
        long graph = 0;
        try {
            work.run();
        } finally {
            graph = cuda.cuStreamEndCapture(handle);
        }
        try {
            return new GpuGraph(cuda, cuda.cuGraphInstantiate(graph));
        } finally {
            cuda.cuGraphDestroy(graph);
        }
    }

    /**
     * The same, into a graph that was captured before, if the work has the same shape.
     *
     * @return the graph itself, or a new one, and then it is closed
     */
    public GpuGraph capture(Optional<GpuGraph> before, Runnable work) {
        if (before.isEmpty()) {
            return capture(work);
        }
        cuda.cuStreamBeginCapture(handle);
        long graph = 0;
        try {
            work.run();
        } finally {
            graph = cuda.cuStreamEndCapture(handle);
        }
        try {
            if (cuda.cuGraphExecUpdate(before.get().handle(), graph)) {
                return before.get();
            }
            before.get().close();
            return new GpuGraph(cuda, cuda.cuGraphInstantiate(graph));
        } finally {
            cuda.cuGraphDestroy(graph);
        }
    }

    /** Runs a graph behind all that is in the stream. */
    public void launch(GpuGraph graph) {
        cuda.cuGraphLaunch(graph.handle(), handle);
    }

    /** Frees it; the second time does nothing. */
    @Override
    public void close() {
        if (open) {
            open = false;
            cuda.cuStreamDestroy(handle);
        }
    }
}
