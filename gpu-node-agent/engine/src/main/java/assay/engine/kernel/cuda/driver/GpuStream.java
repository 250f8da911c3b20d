package assay.engine.kernel.cuda.driver;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Work of a device in the order it is given. Every method but the waits returns before the work is
 * done; an error of the work itself shows in a later call. Confined to the thread of its context.
 */
public final class GpuStream implements AutoCloseable {
    private final CudaDriver cuda;
    private final long handle;
    private boolean open = true;

    GpuStream(GpuContext context) {
        this.cuda = context.cuda();
        this.handle = cuda.cuStreamCreate();
    }

    /** As the driver and its libraries know it. */
    public long handle() {
        return handle;
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
