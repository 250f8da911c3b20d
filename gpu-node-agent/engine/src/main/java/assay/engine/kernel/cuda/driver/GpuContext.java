package assay.engine.kernel.cuda.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The primary context of a device, and the owner of all that is made through it: closing it frees
 * what was not closed before. A process has one primary context for each device, which all that
 * compute on it share; each holder has its own object of this class.
 *
 * <p>One thread at a time uses a context, after {@link #makeCurrent}; memory, streams, events and
 * modules of it are that thread's too.
 */
public final class GpuContext implements AutoCloseable {
    private final GpuDriver driver;
    private final GpuDevice device;
    private final CudaDriver cuda;
    private final long handle;
    private final LaunchConfig launchConfig = new LaunchConfig();
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();

    private GpuContext(GpuDriver driver, GpuDevice device) {
        this.driver = driver;
        this.device = device;
        this.cuda = driver.cuda();
        this.handle = cuda.cuDevicePrimaryCtxRetain(device.ordinal());
        makeCurrent();
    }

    /**
     * Opens a device for this thread, which the context is current on afterwards.
     *
     * @throws assay.engine.EngineException DEVICE_FAILED in the driver's words
     */
    public static GpuContext open(GpuDriver driver, GpuDevice device) {
        return new GpuContext(driver, device);
    }

    /** From now on this thread's calls mean this device. Costs less than a microsecond. */
    public void makeCurrent() {
        cuda.cuCtxSetCurrent(handle);
    }

    public GpuDevice device() {
        return device;
    }

    public GpuDriver driver() {
        return driver;
    }

    CudaDriver cuda() {
        return cuda;
    }

    long handle() {
        return handle;
    }

    /** Bytes of the device that nobody has taken, this process or another. */
    public long freeBytes() {
        return cuda.cuMemGetInfo()[0];
    }

    /**
     * Device memory, uninitialised.
     *
     * @throws assay.engine.EngineException OUT_OF_MEMORY tells the bytes asked for and those free
     */
    public GpuMemory allocate(long bytes) {
        return own(new GpuMemory(cuda, cuda.cuMemAlloc(bytes), bytes));
    }

    /** Memory of the host that copies to and from devices need not stage. */
    public PinnedMemory pinned(long bytes) {
        return own(new PinnedMemory(cuda, cuda.cuMemHostAlloc(bytes), bytes));
    }

    public GpuStream stream() {
        return own(new GpuStream(this));
    }

    /**
     * An event that has not been recorded.
     *
     * @param timing it is for {@link GpuEvent#millisTo}
     */
    public GpuEvent event(boolean timing) {
        return own(new GpuEvent(cuda, timing));
    }

    /** Loads machine code of {@link KernelCompiler}. */
    public GpuModule load(byte[] cubin) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment image = arena.allocate(cubin.length + 1L, Long.BYTES);
            MemorySegment.copy(
                    cubin, 0, image, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, cubin.length);
            return own(
                    new GpuModule(
                            cuda,
                            cuda.cuModuleLoadData(image),
                            launchConfig,
                            device.sharedBytes()));
        }
    }

    /** Whether {@link #allowPeer} would succeed. */
    public boolean canReach(GpuContext peer) {
        return cuda.cuDeviceCanAccessPeer(device.ordinal(), peer.device.ordinal());
    }

    /** Lets kernels and copies of this context reach the memory of the other directly. */
    public void allowPeer(GpuContext peer) {
        makeCurrent();
        cuda.cuCtxEnablePeerAccess(peer.handle);
    }

    private <T extends AutoCloseable> T own(T made) {
        owned.push(made);
        return made;
    }

    @Override
    public void close() {
        makeCurrent();
        RuntimeException first = null;
        while (!owned.isEmpty()) {
            try {
                owned.pop().close();
            } catch (RuntimeException e) {
                first = first == null ? e : first;
            } catch (Exception e) {
                throw new IllegalStateException("closing what a context owns", e);
            }
        }
        cuda.cuDevicePrimaryCtxRelease(device.ordinal());
        if (first != null) {
            throw first;
        }
    }
}
