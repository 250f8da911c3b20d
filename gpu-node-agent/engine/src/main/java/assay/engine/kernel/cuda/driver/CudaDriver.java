package assay.engine.kernel.cuda.driver;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The CUDA driver API, with the names of {@code cuda.h} and the versions of its functions that
 * driver 525 and all later ones have. Handles and device addresses are 64-bit numbers. Every call
 * is checked: a failure is an {@link EngineException} with the function's name and the driver's own
 * words. Thread-safe as the driver is; what needs a context needs it current on the calling thread.
 */
final class CudaDriver {
    static final int ERROR_OUT_OF_MEMORY = 2;
    static final int ERROR_NOT_READY = 600;
    static final int ERROR_PEER_ACCESS_ALREADY_ENABLED = 704;

    /** Of enum CUdevice_attribute. */
    static final int ATTRIBUTE_MULTIPROCESSOR_COUNT = 16;

    static final int ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = 75;
    static final int ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = 76;
    static final int ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97;
    static final int ATTRIBUTE_L2_CACHE_SIZE = 38;

    /** Of enum CUfunction_attribute. */
    private static final int FUNC_MAX_DYNAMIC_SHARED_SIZE_BYTES = 8;

    private static final int STREAM_NON_BLOCKING = 1;
    private static final int CAPTURE_MODE_THREAD_LOCAL = 1;
    private static final int EVENT_DISABLE_TIMING = 2;
    private static final int HOST_PORTABLE = 1;
    private static final int UUID_BYTES = 16;
    private static final int NAME_BYTES = 256;

    private final NativeLibrary library;
    private final NativeFunction getErrorName;
    private final NativeFunction getErrorString;
    private final NativeFunction memAlloc;
    private final NativeFunction memGetInfo;
    private final NativeFunction memcpyHtoDAsync;
    private final NativeFunction memcpyDtoHAsync;
    private final NativeFunction memcpyDtoDAsync;
    private final NativeFunction memsetD8Async;
    private final NativeFunction launchKernelEx;
    private final NativeFunction graphLaunch;
    private final NativeFunction streamSynchronize;
    private final NativeFunction streamQuery;
    private final NativeFunction streamWaitEvent;
    private final NativeFunction eventRecord;
    private final NativeFunction eventSynchronize;
    private final NativeFunction ctxSetCurrent;

    private CudaDriver(NativeLibrary library) {
        this.library = library;
        getErrorName = library.function("cuGetErrorName");
        getErrorString = library.function("cuGetErrorString");
        memAlloc = library.function("cuMemAlloc_v2");
        memGetInfo = library.function("cuMemGetInfo_v2");
        memcpyHtoDAsync = library.function("cuMemcpyHtoDAsync_v2");
        memcpyDtoHAsync = library.function("cuMemcpyDtoHAsync_v2");
        memcpyDtoDAsync = library.function("cuMemcpyDtoDAsync_v2");
        memsetD8Async = library.function("cuMemsetD8Async");
        launchKernelEx = library.function("cuLaunchKernelEx");
        graphLaunch = library.function("cuGraphLaunch");
        streamSynchronize = library.function("cuStreamSynchronize");
        streamQuery = library.function("cuStreamQuery");
        streamWaitEvent = library.function("cuStreamWaitEvent");
        eventRecord = library.function("cuEventRecord");
        eventSynchronize = library.function("cuEventSynchronize");
        ctxSetCurrent = library.function("cuCtxSetCurrent");
        check(call("cuInit", 0), "cuInit");
    }

    /**
     * Loads and initialises the driver.
     *
     * @throws EngineException BACKEND_UNAVAILABLE when there is none, or none that works
     */
    static CudaDriver load(LibrarySearch search) {
        try {
            return new CudaDriver(search.load(List.of("libcuda.so.1")));
        } catch (EngineException e) {
            throw new EngineException(
                    ErrorCode.BACKEND_UNAVAILABLE, String.valueOf(e.getMessage()), e);
        }
    }

    private int call(String name, long... a) {
        NativeFunction function = library.function(name);
        return switch (a.length) {
            case 0 -> function.call();
            case 1 -> function.call(a[0]);
            case 2 -> function.call(a[0], a[1]);
            case 3 -> function.call(a[0], a[1], a[2]);
            case 4 -> function.call(a[0], a[1], a[2], a[3]);
            case 5 -> function.call(a[0], a[1], a[2], a[3], a[4]);
            case 6 -> function.call(a[0], a[1], a[2], a[3], a[4], a[5]);
            default -> throw new IllegalArgumentException(name + ": " + a.length + " arguments");
        };
    }

    /** What a seldom called function writes through its first argument. */
    private long out(String name, long... rest) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            long[] all = new long[rest.length + 1];
            all[0] = out.address();
            System.arraycopy(rest, 0, all, 1, rest.length);
            check(call(name, all), name);
            return NativeLibrary.word(out);
        }
    }

    /** Ends in an exception unless the status is success. */
    void check(int status, String name) {
        if (status != 0) {
            throw new EngineException(
                    status == ERROR_OUT_OF_MEMORY
                            ? ErrorCode.OUT_OF_MEMORY
                            : ErrorCode.DEVICE_FAILED,
                    "%s: %s (expected: success)".formatted(name, errorText(status)));
        }
    }

    String errorText(int status) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            getErrorName.call(status, out.address());
            String name = NativeLibrary.text(NativeLibrary.word(out));
            getErrorString.call(status, out.address());
            String text = NativeLibrary.text(NativeLibrary.word(out));
            return "%s (%d), %s".formatted(name, status, text);
        }
    }

    /** 13000 for CUDA 13.0: what the driver understands at most. */
    int cuDriverGetVersion() {
        return (int) out("cuDriverGetVersion");
    }

    int cuDeviceGetCount() {
        return (int) out("cuDeviceGetCount");
    }

    int cuDeviceGet(int ordinal) {
        return (int) out("cuDeviceGet", ordinal);
    }

    int cuDeviceGetAttribute(int attribute, int device) {
        return (int) out("cuDeviceGetAttribute", attribute, device);
    }

    long cuDeviceTotalMem(int device) {
        return out("cuDeviceTotalMem_v2", device);
    }

    String cuDeviceGetName(int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(NAME_BYTES);
            check(call("cuDeviceGetName", name.address(), NAME_BYTES, device), "cuDeviceGetName");
            return name.getString(0);
        }
    }

    byte[] cuDeviceGetUuid(int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment uuid = arena.allocate(UUID_BYTES);
            // The second version tells parts of a device (MIG) apart.
            String second = "cuDeviceGetUuid_v2";
            String name = library.find(second).isPresent() ? second : "cuDeviceGetUuid";
            check(call(name, uuid.address(), device), name);
            return uuid.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    boolean cuDeviceCanAccessPeer(int device, int peer) {
        return (int) out("cuDeviceCanAccessPeer", device, peer) != 0;
    }

    long cuDevicePrimaryCtxRetain(int device) {
        return out("cuDevicePrimaryCtxRetain", device);
    }

    void cuDevicePrimaryCtxRelease(int device) {
        check(call("cuDevicePrimaryCtxRelease_v2", device), "cuDevicePrimaryCtxRelease");
    }

    void cuCtxSetCurrent(long context) {
        check(ctxSetCurrent.call(context), "cuCtxSetCurrent");
    }

    /** The current context may read and write the memory of the other from now on. */
    void cuCtxEnablePeerAccess(long peer) {
        int status = call("cuCtxEnablePeerAccess", peer, 0);
        if (status != ERROR_PEER_ACCESS_ALREADY_ENABLED) {
            check(status, "cuCtxEnablePeerAccess");
        }
    }

    /** Free bytes, then all bytes, of the current context's device. */
    long[] cuMemGetInfo() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG, 2);
            check(memGetInfo.call(out.address(), out.address() + Long.BYTES), "cuMemGetInfo");
            return out.toArray(ValueLayout.JAVA_LONG);
        }
    }

    /**
     * @throws EngineException OUT_OF_MEMORY tells the bytes that were asked for and those free
     */
    long cuMemAlloc(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            int status = memAlloc.call(out.address(), bytes);
            if (status == ERROR_OUT_OF_MEMORY) {
                throw new EngineException(
                        ErrorCode.OUT_OF_MEMORY,
                        "cuMemAlloc: %s: %d bytes (expected: at most %d, which are free)"
                                .formatted(errorText(status), bytes, cuMemGetInfo()[0]));
            }
            check(status, "cuMemAlloc");
            return NativeLibrary.word(out);
        }
    }

    void cuMemFree(long address) {
        check(call("cuMemFree_v2", address), "cuMemFree");
    }

    long cuMemHostAlloc(long bytes) {
        return out("cuMemHostAlloc", bytes, HOST_PORTABLE);
    }

    void cuMemFreeHost(long address) {
        check(call("cuMemFreeHost", address), "cuMemFreeHost");
    }

    void cuMemcpyHtoDAsync(long to, long from, long bytes, long stream) {
        check(memcpyHtoDAsync.call(to, from, bytes, stream), "cuMemcpyHtoDAsync");
    }

    void cuMemcpyDtoHAsync(long to, long from, long bytes, long stream) {
        check(memcpyDtoHAsync.call(to, from, bytes, stream), "cuMemcpyDtoHAsync");
    }

    void cuMemcpyDtoDAsync(long to, long from, long bytes, long stream) {
        check(memcpyDtoDAsync.call(to, from, bytes, stream), "cuMemcpyDtoDAsync");
    }

    void cuMemcpyPeerAsync(
            long to, long toContext, long from, long fromContext, long bytes, long stream) {
        check(
                call("cuMemcpyPeerAsync", to, toContext, from, fromContext, bytes, stream),
                "cuMemcpyPeerAsync");
    }

    void cuMemsetD8Async(long to, int value, long bytes, long stream) {
        check(memsetD8Async.call(to, value, bytes, stream), "cuMemsetD8Async");
    }

    /** One that does not wait for the default stream. */
    long cuStreamCreate() {
        return out("cuStreamCreate", STREAM_NON_BLOCKING);
    }

    void cuStreamDestroy(long stream) {
        check(call("cuStreamDestroy_v2", stream), "cuStreamDestroy");
    }

    void cuStreamSynchronize(long stream) {
        check(streamSynchronize.call(stream), "cuStreamSynchronize");
    }

    /** Whether all that was put into the stream has ended. */
    boolean cuStreamQuery(long stream) {
        int status = streamQuery.call(stream);
        if (status == ERROR_NOT_READY) {
            return false;
        }
        check(status, "cuStreamQuery");
        return true;
    }

    void cuStreamWaitEvent(long stream, long event) {
        check(streamWaitEvent.call(stream, event, 0), "cuStreamWaitEvent");
    }

    void cuStreamBeginCapture(long stream) {
        check(
                call("cuStreamBeginCapture_v2", stream, CAPTURE_MODE_THREAD_LOCAL),
                "cuStreamBeginCapture");
    }

    /** The graph; 0 where the capture was spoilt. */
    long cuStreamEndCapture(long stream) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
            check(call("cuStreamEndCapture", stream, out.address()), "cuStreamEndCapture");
            return NativeLibrary.word(out);
        }
    }

    long cuEventCreate(boolean timing) {
        return out("cuEventCreate", timing ? 0 : EVENT_DISABLE_TIMING);
    }

    void cuEventDestroy(long event) {
        check(call("cuEventDestroy_v2", event), "cuEventDestroy");
    }

    void cuEventRecord(long event, long stream) {
        check(eventRecord.call(event, stream), "cuEventRecord");
    }

    void cuEventSynchronize(long event) {
        check(eventSynchronize.call(event), "cuEventSynchronize");
    }

    /** Milliseconds from one event to the other. */
    float cuEventElapsedTime(long from, long to) {
        return Float.intBitsToFloat((int) out("cuEventElapsedTime", from, to));
    }

    /**
     * @param image a cubin, for as long as the call lasts
     */
    long cuModuleLoadData(MemorySegment image) {
        return out("cuModuleLoadData", image.address());
    }

    void cuModuleUnload(long module) {
        check(call("cuModuleUnload", module), "cuModuleUnload");
    }

    long cuModuleGetFunction(long module, String name) {
        try (Arena arena = Arena.ofConfined()) {
            return out("cuModuleGetFunction", module, arena.allocateFrom(name).address());
        } catch (EngineException e) {
            throw new EngineException(e.code(), "kernel " + name + ": " + e.getMessage(), e);
        }
    }

    /** Lets a kernel have more dynamic shared memory than the 48 KiB that all have. */
    void allowSharedBytes(long function, int bytes) {
        check(
                call("cuFuncSetAttribute", function, FUNC_MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes),
                "cuFuncSetAttribute");
    }

    /** Blocks of a kernel that one multiprocessor runs at once. */
    int cuOccupancyMaxActiveBlocksPerMultiprocessor(long function, int threads, int sharedBytes) {
        return (int)
                out("cuOccupancyMaxActiveBlocksPerMultiprocessor", function, threads, sharedBytes);
    }

    /**
     * @param config address of a CUlaunchConfig
     * @param parameters address of as many pointers as the kernel has parameters, or 0
     * @param extra address of a list that says where packed arguments are, or 0
     */
    void cuLaunchKernelEx(long config, long function, long parameters, long extra) {
        check(launchKernelEx.call(config, function, parameters, extra), "cuLaunchKernelEx");
    }

    long cuGraphInstantiate(long graph) {
        return out("cuGraphInstantiateWithFlags", graph, 0);
    }

    /** Puts the parameters of another graph of the same shape into an executable one. */
    boolean cuGraphExecUpdate(long executable, long graph) {
        try (Arena arena = Arena.ofConfined()) {
            // CUgraphExecUpdateResultInfo: an enum and two nodes.
            MemorySegment result = arena.allocate(3 * Long.BYTES, Long.BYTES);
            return call("cuGraphExecUpdate_v2", executable, graph, result.address()) == 0;
        }
    }

    void cuGraphLaunch(long executable, long stream) {
        check(graphLaunch.call(executable, stream), "cuGraphLaunch");
    }

    void cuGraphExecDestroy(long executable) {
        check(call("cuGraphExecDestroy", executable), "cuGraphExecDestroy");
    }

    void cuGraphDestroy(long graph) {
        check(call("cuGraphDestroy", graph), "cuGraphDestroy");
    }
}
