package assay.agent.devices.nvml;

import assay.agent.devices.nvml.NvmlLibrary.Memory;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** Readings from the library itself. Finds the cards once, when it is opened. */
public final class LibraryNvml implements Nvml {
    // From nvml.h.
    private static final int TEMPERATURE_GPU = 0;
    private static final int ERROR_UNCORRECTED = 1;
    private static final int SINCE_DRIVER_LOAD = 0;
    private static final int P2P_NVLINK = 2;
    private static final int CLOCK_MEMORY = 2;
    private static final int NVLINK_MAX_LINKS = 18;
    private static final int METRIC_DRAM_BANDWIDTH_PERCENT = 10;
    private static final long EVENT_UNCORRECTED_MEMORY_ERROR = 0x2;
    private static final long EVENT_XID = 0x8;

    private final NvmlLibrary library;
    private final Map<String, Source> sources = new LinkedHashMap<>();
    private final List<Card> cards;
    private final Optional<MemorySegment> events;

    /**
     * Where the readings of a card or of a part of one come from.
     *
     * @param card asked for what a part does not tell
     * @param memory the card, or the part
     */
    private record Source(MemorySegment card, MemorySegment memory, Optional<Bandwidth> bandwidth) {
        boolean isPart() {
            return !card.equals(memory);
        }
    }

    private LibraryNvml(NvmlLibrary library) {
        this.library = library;
        this.cards = findCards();
        this.events = registerEvents();
    }

    /**
     * Loads the library and finds the cards.
     *
     * @throws NvmlException whose advice says what is missing
     */
    public static Nvml open() {
        var library = new NvmlLibrary();
        library.nvmlInit_v2();
        try {
            return new LibraryNvml(library);
        } catch (NvmlException e) {
            library.nvmlShutdown();
            throw e;
        }
    }

    @Override
    public String driverVersion() {
        return library.nvmlSystemGetDriverVersion();
    }

    @Override
    public List<Card> cards() {
        return cards;
    }

    @Override
    public Sample sample(String uuid) {
        Source source = sources.get(uuid);
        if (source == null) {
            throw new IllegalArgumentException(
                    "device: " + uuid + " (expected: one of " + sources.keySet() + ")");
        }
        Memory memory = library.nvmlDeviceGetMemoryInfo_v2(source.memory());
        // A part tells no utilization, and that of the whole card would be another's.
        Optional<int[]> rates =
                source.isPart()
                        ? Optional.empty()
                        : optional(() -> library.nvmlDeviceGetUtilizationRates(source.card()));
        OptionalDouble bandwidth =
                source.bandwidth()
                        .flatMap(it -> optional(it::ratio))
                        .or(() -> rates.map(it -> it[1] / 100.0))
                        .map(OptionalDouble::of)
                        .orElse(OptionalDouble.empty());
        return new Sample(
                memory.used(),
                memory.total() - memory.reserved(),
                rates.map(it -> OptionalDouble.of(it[0] / 100.0)).orElse(OptionalDouble.empty()),
                bandwidth,
                optional(() -> library.nvmlDeviceGetTemperature(source.card(), TEMPERATURE_GPU))
                        .map(OptionalInt::of)
                        .orElse(OptionalInt.empty()),
                optional(() -> library.nvmlDeviceGetPowerUsage(source.card()))
                        .map(it -> OptionalDouble.of(it / 1_000.0))
                        .orElse(OptionalDouble.empty()),
                optional(() ->
                                library.nvmlDeviceGetTotalEccErrors(
                                        source.card(), ERROR_UNCORRECTED, SINCE_DRIVER_LOAD))
                        .map(OptionalLong::of)
                        .orElse(OptionalLong.empty()));
    }

    @Override
    public Optional<Fault> awaitFault(Duration limit) {
        if (events.isEmpty()) {
            return Optional.empty();
        }
        try {
            var event =
                    library.nvmlEventSetWait_v2(events.get(), Math.toIntExact(limit.toMillis()));
            String uuid = library.nvmlDeviceGetUUID(event.device());
            return Optional.of(new Fault(uuid, event.type() == EVENT_XID ? event.data() : 0));
        } catch (NvmlException e) {
            if (e.isTimeout()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public boolean tellsFaults() {
        return events.isPresent();
    }

    @Override
    public void close() {
        events.ifPresent(library::nvmlEventSetFree);
        sources.values().forEach(source -> source.bandwidth().ifPresent(Bandwidth::free));
        library.nvmlShutdown();
    }

    private List<Card> findCards() {
        Map<String, MemorySegment> handles = new LinkedHashMap<>();
        for (int index = 0; index < library.nvmlDeviceGetCount_v2(); index++) {
            try {
                MemorySegment card = library.nvmlDeviceGetHandleByIndex_v2(index);
                handles.put(library.nvmlDeviceGetUUID(card), card);
            } catch (NvmlException e) {
                if (!e.isLoss() && !e.isAbsence()) {
                    throw e;
                }
                // Broken, or not given to this container: the other cards work all the same.
            }
        }
        Map<String, String> busIds = new HashMap<>();
        handles.forEach((uuid, card) -> busIds.put(uuid, library.nvmlDeviceGetPciInfo_v3(card)));
        List<Card> found = new ArrayList<>();
        handles.forEach((uuid, card) -> found.add(describe(uuid, card, handles, busIds)));
        return List.copyOf(found);
    }

    private Card describe(
            String uuid,
            MemorySegment card,
            Map<String, MemorySegment> handles,
            Map<String, String> busIds) {
        sources.put(uuid, new Source(card, card, bandwidth(card)));
        int[] capability = library.nvmlDeviceGetCudaComputeCapability(card);
        boolean mig = optional(() -> library.nvmlDeviceGetMigMode(card)[0] == 1).orElse(false);
        List<Link> links = new ArrayList<>();
        handles.forEach((other, handle) -> {
            if (!other.equals(uuid)) {
                links.add(link(card, other, handle, busIds.getOrDefault(other, "")));
            }
        });
        return new Card(
                uuid,
                library.nvmlDeviceGetName(card),
                busIds.getOrDefault(uuid, ""),
                capability[0] + "." + capability[1],
                optional(() -> library.nvmlDeviceGetNumGpuCores(card)).orElse(0)
                        / coresOfMultiprocessor(capability),
                memoryBytes(card),
                memoryBytesPerSecond(card),
                mig,
                mig ? parts(card) : List.of(),
                links);
    }

    /** Source: CUDA C++ programming guide, arithmetic throughput of f32 by compute capability. */
    private static int coresOfMultiprocessor(int[] capability) {
        return capability[0] == 7 || (capability[0] == 8 && capability[1] == 0) ? 64 : 128;
    }

    /** Double data rate: two transfers of the bus' width a clock. */
    private long memoryBytesPerSecond(MemorySegment card) {
        return optional(
                        () -> {
                            long bits = library.nvmlDeviceGetMemoryBusWidth(card);
                            long hertz =
                                    library.nvmlDeviceGetMaxClockInfo(card, CLOCK_MEMORY)
                                            * 1_000_000L;
                            return 2 * hertz * (bits / Byte.SIZE);
                        })
                .orElse(0L);
    }

    private long memoryBytes(MemorySegment device) {
        Memory memory = library.nvmlDeviceGetMemoryInfo_v2(device);
        return memory.total() - memory.reserved();
    }

    private List<Part> parts(MemorySegment card) {
        List<Part> found = new ArrayList<>();
        for (int i = 0; i < library.nvmlDeviceGetMaxMigDeviceCount(card); i++) {
            int index = i;
            optional(() -> library.nvmlDeviceGetMigDeviceHandleByIndex(card, index))
                    .ifPresent(part -> {
                        String uuid = library.nvmlDeviceGetUUID(part);
                        sources.put(uuid, new Source(card, part, Optional.empty()));
                        found.add(
                                new Part(
                                        uuid,
                                        library.nvmlDeviceGetName(part),
                                        optional(() -> library.nvmlDeviceGetAttributes_v2(part))
                                                .orElse(0),
                                        memoryBytes(part)));
                    });
        }
        return found;
    }

    private Link link(MemorySegment card, String uuid, MemorySegment other, String otherBusId) {
        boolean nvLink =
                optional(() -> library.nvmlDeviceGetP2PStatus(card, other, P2P_NVLINK) == 0)
                        .orElse(false);
        if (nvLink) {
            return new Link(uuid, Path.NVLINK, nvLinkCount(card, otherBusId));
        }
        return new Link(
                uuid,
                optional(() -> path(library.nvmlDeviceGetTopologyCommonAncestor(card, other)))
                        .orElse(Path.SYSTEM),
                0);
    }

    private int nvLinkCount(MemorySegment card, String otherBusId) {
        int up = 0;
        int direct = 0;
        for (int i = 0; i < NVLINK_MAX_LINKS; i++) {
            int link = i;
            if (optional(() -> library.nvmlDeviceGetNvLinkState(card, link)).orElse(0) == 1) {
                up++;
                boolean there =
                        optional(() -> library.nvmlDeviceGetNvLinkRemotePciInfo_v2(card, link))
                                .filter(otherBusId::equalsIgnoreCase)
                                .isPresent();
                direct += there ? 1 : 0;
            }
        }
        return direct > 0 ? direct : up; // through a switch every link leads to every card
    }

    /** From an nvmlGpuTopologyLevel_t. */
    private static Path path(int level) {
        return switch (level) {
            case 0 -> Path.SAME_BOARD;
            case 10 -> Path.PCIE_SWITCH;
            case 20 -> Path.PCIE_SWITCHES;
            case 30 -> Path.HOST_BRIDGE;
            case 40 -> Path.NUMA_NODE;
            default -> Path.SYSTEM;
        };
    }

    private Optional<MemorySegment> registerEvents() {
        Optional<MemorySegment> set = optional(library::nvmlEventSetCreate);
        boolean any = false;
        for (Source source : set.isEmpty() ? List.<Source>of() : List.copyOf(sources.values())) {
            any |= !source.isPart() && register(source.card(), set.get());
        }
        if (set.isPresent() && !any) {
            library.nvmlEventSetFree(set.get());
            return Optional.empty();
        }
        return set;
    }

    private boolean register(MemorySegment card, MemorySegment set) {
        return optional(
                        () -> {
                            long types =
                                    library.nvmlDeviceGetSupportedEventTypes(card)
                                            & (EVENT_XID | EVENT_UNCORRECTED_MEMORY_ERROR);
                            if (types != 0) {
                                library.nvmlDeviceRegisterEvents(card, types, set);
                            }
                            return types != 0;
                        })
                .orElse(false);
    }

    private Optional<Bandwidth> bandwidth(MemorySegment card) {
        return optional(() -> library.nvmlGpmQueryDeviceSupport(card))
                .filter(supported -> supported)
                .flatMap(supported -> optional(() -> new Bandwidth(library, card)));
    }

    private static <T> Optional<T> optional(Supplier<T> reading) {
        try {
            return Optional.of(reading.get());
        } catch (NvmlException e) {
            if (e.isAbsence()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Bytes that went to and from memory between two readings, as a share of what can. */
    private static final class Bandwidth {
        private final NvmlLibrary library;
        private final MemorySegment card;
        private MemorySegment before;
        private MemorySegment after;

        Bandwidth(NvmlLibrary library, MemorySegment card) {
            this.library = library;
            this.card = card;
            before = library.nvmlGpmSampleAlloc();
            after = library.nvmlGpmSampleAlloc();
            library.nvmlGpmSampleGet(card, before);
        }

        synchronized double ratio() {
            library.nvmlGpmSampleGet(card, after);
            double percent =
                    library.nvmlGpmMetricsGet(before, after, METRIC_DRAM_BANDWIDTH_PERCENT);
            MemorySegment oldest = before;
            before = after;
            after = oldest;
            return Math.clamp(percent / 100, 0, 1);
        }

        void free() {
            library.nvmlGpmSampleFree(before);
            library.nvmlGpmSampleFree(after);
        }
    }
}
