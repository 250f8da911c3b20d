package assay.agent.devices.nvml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The functions of {@code libnvidia-ml.so.1} that are used here, one method for each and named as
 * in nvml.h, without logic. Those that NVIDIA numbers are asked for by their numbered names, whose
 * structures stay as they are. Source: NVML API reference, driver 580. Thread-safe.
 *
 * <p>A handle is looked up at its first call: a function that an older driver lacks is an error of
 * that call alone.
 */
final class NvmlLibrary {
    static final String NAME = "libnvidia-ml.so.1";
    private static final int TEXT_BYTES = 96;

    private final SymbolLookup symbols;
    private final Map<String, MethodHandle> handles = new ConcurrentHashMap<>();

    /**
     * Loads the library, which stays until the process ends.
     *
     * @throws NvmlException NVML_ERROR_LIBRARY_NOT_FOUND
     */
    @SuppressWarnings("restricted")
    NvmlLibrary() {
        try {
            symbols = SymbolLookup.libraryLookup(NAME, Arena.global());
        } catch (IllegalArgumentException e) {
            throw missing(e);
        }
    }

    private static NvmlException missing(IllegalArgumentException cause) {
        var missing = new NvmlException("dlopen " + NAME, NvmlException.LIBRARY_NOT_FOUND);
        missing.initCause(cause);
        return missing;
    }

    void nvmlInit_v2() {
        call("nvmlInit_v2");
    }

    void nvmlShutdown() {
        call("nvmlShutdown");
    }

    String nvmlSystemGetDriverVersion() {
        return text(buffer -> call("nvmlSystemGetDriverVersion", buffer, TEXT_BYTES));
    }

    int nvmlDeviceGetCount_v2() {
        return number(out -> call("nvmlDeviceGetCount_v2", out));
    }

    MemorySegment nvmlDeviceGetHandleByIndex_v2(int index) {
        return pointer(out -> call("nvmlDeviceGetHandleByIndex_v2", index, out));
    }

    String nvmlDeviceGetUUID(MemorySegment device) {
        return text(buffer -> call("nvmlDeviceGetUUID", device, buffer, TEXT_BYTES));
    }

    String nvmlDeviceGetName(MemorySegment device) {
        return text(buffer -> call("nvmlDeviceGetName", device, buffer, TEXT_BYTES));
    }

    /** The field busId of nvmlPciInfo_t. */
    String nvmlDeviceGetPciInfo_v3(MemorySegment device) {
        return busId(out -> call("nvmlDeviceGetPciInfo_v3", device, out));
    }

    /** Major and minor. */
    int[] nvmlDeviceGetCudaComputeCapability(MemorySegment device) {
        return numbers(
                2,
                out ->
                        call(
                                "nvmlDeviceGetCudaComputeCapability",
                                device,
                                out,
                                out.asSlice(Integer.BYTES)));
    }

    int nvmlDeviceGetNumGpuCores(MemorySegment device) {
        return number(out -> call("nvmlDeviceGetNumGpuCores", device, out));
    }

    /** Bits. */
    int nvmlDeviceGetMemoryBusWidth(MemorySegment device) {
        return number(out -> call("nvmlDeviceGetMemoryBusWidth", device, out));
    }

    /** Megahertz. */
    int nvmlDeviceGetMaxClockInfo(MemorySegment device, int clock) {
        return number(out -> call("nvmlDeviceGetMaxClockInfo", device, clock, out));
    }

    /** nvmlMemory_v2_t without its version. */
    record Memory(long total, long reserved, long free, long used) {}

    Memory nvmlDeviceGetMemoryInfo_v2(MemorySegment device) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment memory = local.allocate(40, 8);
            memory.set(JAVA_INT, 0, 40 | 2 << 24); // size and version of the structure
            call("nvmlDeviceGetMemoryInfo_v2", device, memory);
            return new Memory(
                    memory.get(JAVA_LONG, 8),
                    memory.get(JAVA_LONG, 16),
                    memory.get(JAVA_LONG, 24),
                    memory.get(JAVA_LONG, 32));
        }
    }

    /** Percent of time with a kernel, percent of time with access to memory. */
    int[] nvmlDeviceGetUtilizationRates(MemorySegment device) {
        return numbers(2, out -> call("nvmlDeviceGetUtilizationRates", device, out));
    }

    int nvmlDeviceGetTemperature(MemorySegment device, int sensor) {
        return number(out -> call("nvmlDeviceGetTemperature", device, sensor, out));
    }

    /** Milliwatts. */
    int nvmlDeviceGetPowerUsage(MemorySegment device) {
        return number(out -> call("nvmlDeviceGetPowerUsage", device, out));
    }

    long nvmlDeviceGetTotalEccErrors(MemorySegment device, int errorType, int counterType) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment out = local.allocate(JAVA_LONG);
            call("nvmlDeviceGetTotalEccErrors", device, errorType, counterType, out);
            return out.get(JAVA_LONG, 0);
        }
    }

    /** An nvmlGpuTopologyLevel_t. */
    int nvmlDeviceGetTopologyCommonAncestor(MemorySegment device, MemorySegment other) {
        return number(out -> call("nvmlDeviceGetTopologyCommonAncestor", device, other, out));
    }

    /** An nvmlGpuP2PStatus_t. */
    int nvmlDeviceGetP2PStatus(MemorySegment device, MemorySegment other, int capability) {
        return number(out -> call("nvmlDeviceGetP2PStatus", device, other, capability, out));
    }

    int nvmlDeviceGetNvLinkState(MemorySegment device, int link) {
        return number(out -> call("nvmlDeviceGetNvLinkState", device, link, out));
    }

    /** The field busId of the card or switch at the other end. */
    String nvmlDeviceGetNvLinkRemotePciInfo_v2(MemorySegment device, int link) {
        return busId(out -> call("nvmlDeviceGetNvLinkRemotePciInfo_v2", device, link, out));
    }

    /** Current and pending. */
    int[] nvmlDeviceGetMigMode(MemorySegment device) {
        return numbers(
                2, out -> call("nvmlDeviceGetMigMode", device, out, out.asSlice(Integer.BYTES)));
    }

    int nvmlDeviceGetMaxMigDeviceCount(MemorySegment device) {
        return number(out -> call("nvmlDeviceGetMaxMigDeviceCount", device, out));
    }

    MemorySegment nvmlDeviceGetMigDeviceHandleByIndex(MemorySegment device, int index) {
        return pointer(out -> call("nvmlDeviceGetMigDeviceHandleByIndex", device, index, out));
    }

    /** The field multiprocessorCount of nvmlDeviceAttributes_t; only parts of cards have it. */
    int nvmlDeviceGetAttributes_v2(MemorySegment device) {
        return numbers(10, out -> call("nvmlDeviceGetAttributes_v2", device, out))[0];
    }

    MemorySegment nvmlEventSetCreate() {
        return pointer(out -> call("nvmlEventSetCreate", out));
    }

    long nvmlDeviceGetSupportedEventTypes(MemorySegment device) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment out = local.allocate(JAVA_LONG);
            call("nvmlDeviceGetSupportedEventTypes", device, out);
            return out.get(JAVA_LONG, 0);
        }
    }

    void nvmlDeviceRegisterEvents(MemorySegment device, long types, MemorySegment set) {
        call("nvmlDeviceRegisterEvents", device, types, set);
    }

    /** nvmlEventData_t without the instances. */
    record Event(MemorySegment device, long type, long data) {}

    Event nvmlEventSetWait_v2(MemorySegment set, int timeoutMillis) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment event = local.allocate(32, 8);
            call("nvmlEventSetWait_v2", set, event, timeoutMillis);
            return new Event(
                    event.get(ADDRESS, 0), event.get(JAVA_LONG, 8), event.get(JAVA_LONG, 16));
        }
    }

    void nvmlEventSetFree(MemorySegment set) {
        call("nvmlEventSetFree", set);
    }

    /** The field isSupportedDevice of nvmlGpmSupport_t. */
    boolean nvmlGpmQueryDeviceSupport(MemorySegment device) {
        return numbers(
                        2,
                        out -> {
                            out.set(JAVA_INT, 0, 1); // version of the structure
                            call("nvmlGpmQueryDeviceSupport", device, out);
                        })[1]
                != 0;
    }

    MemorySegment nvmlGpmSampleAlloc() {
        return pointer(out -> call("nvmlGpmSampleAlloc", out));
    }

    void nvmlGpmSampleGet(MemorySegment device, MemorySegment sample) {
        call("nvmlGpmSampleGet", device, sample);
    }

    void nvmlGpmSampleFree(MemorySegment sample) {
        call("nvmlGpmSampleFree", sample);
    }

    /** One metric between two samples; the structure is as long as in the newest header. */
    double nvmlGpmMetricsGet(MemorySegment before, MemorySegment after, int metric) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment request = local.allocate(24 + 40 * 512, 8);
            request.set(JAVA_INT, 0, 1); // version of the structure
            request.set(JAVA_INT, 4, 1); // count of metrics
            request.set(ADDRESS, 8, before);
            request.set(ADDRESS, 16, after);
            request.set(JAVA_INT, 24, metric);
            call("nvmlGpmMetricsGet", request);
            int code = request.get(JAVA_INT, 28);
            if (code != 0) {
                throw new NvmlException("nvmlGpmMetricsGet, metric " + metric, code);
            }
            return Double.longBitsToDouble(request.get(JAVA_LONG, 32));
        }
    }

    private interface Filling {
        void fill(MemorySegment out);
    }

    private static int number(Filling filling) {
        return numbers(1, filling)[0];
    }

    private static int[] numbers(int count, Filling filling) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment out = local.allocate((long) count * Integer.BYTES, 8);
            filling.fill(out);
            return out.toArray(JAVA_INT);
        }
    }

    private static MemorySegment pointer(Filling filling) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment out = local.allocate(ADDRESS);
            filling.fill(out);
            return out.get(ADDRESS, 0);
        }
    }

    private static String text(Filling filling) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment out = local.allocate(TEXT_BYTES);
            filling.fill(out);
            return out.getString(0);
        }
    }

    /** nvmlPciInfo_t: 16 bytes of an older text, five numbers, 32 bytes of text. */
    private static String busId(Filling filling) {
        try (Arena local = Arena.ofConfined()) {
            MemorySegment out = local.allocate(16 + 5 * Integer.BYTES + 32, 4);
            filling.fill(out);
            return out.getString(16 + 5 * Integer.BYTES);
        }
    }

    /** Calls and checks. The C types follow from those of the arguments: pointer, int, long. */
    private void call(String function, Object... arguments) {
        MethodHandle handle = handles.computeIfAbsent(function, name -> handle(name, arguments));
        int code;
        try {
            code = (int) handle.invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException(function + " was not called", e);
        }
        if (code != 0) {
            throw new NvmlException(function, code);
        }
    }

    @SuppressWarnings("restricted")
    private MethodHandle handle(String function, Object... arguments) {
        MemorySegment symbol =
                symbols.find(function)
                        .orElseThrow(() ->
                                new NvmlException(function, NvmlException.FUNCTION_NOT_FOUND));
        var layouts = new MemoryLayout[arguments.length];
        for (int i = 0; i < layouts.length; i++) {
            layouts[i] =
                    switch (arguments[i]) {
                        case MemorySegment _ -> ADDRESS;
                        case Integer _ -> JAVA_INT;
                        case Long _ -> JAVA_LONG;
                        default -> throw new IllegalArgumentException(function);
                    };
        }
        return Linker.nativeLinker()
                .downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, layouts));
    }
}
