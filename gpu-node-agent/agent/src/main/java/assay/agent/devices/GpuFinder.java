package assay.agent.devices;

import assay.agent.devices.ComputeDevice.Description;
import assay.agent.devices.ComputeDevice.Gpu;
import assay.agent.devices.VisibleGpus.Visible;
import assay.agent.devices.nvml.CudaLibrary;
import assay.agent.devices.nvml.DriverVersion;
import assay.agent.devices.nvml.LibraryNvml;
import assay.agent.devices.nvml.Nvml;
import assay.agent.devices.nvml.Nvml.Card;
import assay.agent.devices.nvml.Nvml.Part;
import assay.agent.devices.nvml.NvmlException;
import assay.agent.v1.DeviceKind;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The GPUs on which stages can run, or why there are none. Opened, started and closed by one
 * thread.
 */
public final class GpuFinder implements DeviceFinder, AutoCloseable {
    /** The oldest architecture that the kernels are written for. */
    private static final double LEAST_CAPABILITY = 8.0;

    private final List<ComputeDevice> devices;
    private final Optional<GpuWatch> watch;
    private final String absence;

    /** What it asks of the machine. */
    record Machine(
            Supplier<Nvml> nvml,
            Function<CudaLibrary, Optional<String>> libraries,
            Map<String, String> environment,
            InstantSource clock) {}

    private GpuFinder(List<ComputeDevice> devices, Optional<GpuWatch> watch, String absence) {
        this.devices = devices;
        this.watch = watch;
        this.absence = absence;
    }

    /** Looks at this machine; missing hardware or software is no error. */
    public static GpuFinder ofMachine(InstantSource clock) {
        return of(new Machine(LibraryNvml::open, CudaLibrary::find, System.getenv(), clock));
    }

    static GpuFinder of(Machine machine) {
        Nvml nvml;
        try {
            nvml = machine.nvml().get();
        } catch (NvmlException e) {
            return none(e.getMessage() + ": " + e.advice());
        }
        boolean kept = false;
        try {
            Optional<String> lack = lack(nvml, machine);
            if (lack.isPresent()) {
                return none(lack.get());
            }
            GpuFinder found = found(nvml, machine);
            kept = true;
            return found;
        } catch (NvmlException e) {
            return none(e.getMessage() + ": " + e.advice());
        } finally {
            if (!kept) {
                nvml.close();
            }
        }
    }

    private static Optional<String> lack(Nvml nvml, Machine machine) {
        if (nvml.cards().isEmpty()) {
            return Optional.of("the driver sees no card");
        }
        var driver = new DriverVersion(nvml.driverVersion());
        if (!driver.isSupported()) {
            return Optional.of(
                    "driver: %s (expected: %s or newer)".formatted(driver, DriverVersion.OLDEST));
        }
        for (CudaLibrary library : CudaLibrary.values()) {
            if (library.isNeeded() && machine.libraries().apply(library).isEmpty()) {
                return Optional.of(library.explanation());
            }
        }
        if (usable(nvml, machine).isEmpty()) {
            return Optional.of(
                    "%s: %s, cards: %s (expected: a card of compute capability %.1f or more; of a"
                                    .formatted(
                                            VisibleGpus.VARIABLE,
                                            machine.environment()
                                                    .getOrDefault(VisibleGpus.VARIABLE, "not set"),
                                            nvml.cards().stream().map(Card::name).toList(),
                                            LEAST_CAPABILITY)
                            + " card that MIG splits, one instance by its UUID)");
        }
        return Optional.empty();
    }

    private static List<Visible> usable(Nvml nvml, Machine machine) {
        return VisibleGpus.of(machine.environment()).among(nvml.cards()).stream()
                .filter(it -> capability(it.card()) >= LEAST_CAPABILITY)
                .toList();
    }

    private static double capability(Card card) {
        return Double.parseDouble(card.computeCapability());
    }

    private static GpuFinder found(Nvml nvml, Machine machine) {
        List<Visible> usable = usable(nvml, machine);
        Map<String, String> cards = new LinkedHashMap<>();
        usable.forEach(it -> cards.put(it.uuid(), it.card().uuid()));
        var watch = new GpuWatch(nvml, cards, machine.clock());
        String driver = nvml.driverVersion();
        return new GpuFinder(
                usable.stream()
                        .<ComputeDevice>map(it -> new GpuDevice(description(it, driver), watch))
                        .toList(),
                Optional.of(watch),
                "");
    }

    private static Description description(Visible visible, String driver) {
        Card card = visible.card();
        Optional<Part> part = visible.part();
        return new Description(
                visible.uuid(),
                DeviceKind.DEVICE_KIND_CUDA,
                part.map(Part::name).orElse(card.name()),
                part.map(Part::memoryTotalBytes).orElse(card.memoryTotalBytes()),
                part.map(Part::multiprocessors).orElse(card.multiprocessors()),
                // A part has some of the card's memory channels; how many, nobody tells.
                part.isPresent() ? 0 : card.memoryBytesPerSecond(),
                Optional.of(
                        new Gpu(
                                driver,
                                card.computeCapability(),
                                card.pciBusId(),
                                part.map(it -> card.uuid()),
                                part.isPresent() ? List.of() : card.links())));
    }

    /** Finds none, because the operator chose the processor. */
    public static GpuFinder unwanted() {
        return none("not wanted");
    }

    private static GpuFinder none(String why) {
        return new GpuFinder(List.of(), Optional.empty(), why);
    }

    @Override
    public List<ComputeDevice> find() {
        return devices;
    }

    /** Why there is none, and what to do; empty where there is one. */
    public String absence() {
        return absence;
    }

    /** The watch over those that were found. */
    public Optional<GpuWatch> watch() {
        return watch;
    }

    /**
     * Begins to read and to listen for faults.
     *
     * @param events told on other threads
     * @param fatal told when an invariant broke
     */
    public void start(Consumer<DeviceEvent> events, Consumer<Throwable> fatal) {
        watch.ifPresent(it -> it.start(events, fatal));
    }

    /**
     * A stage wanted memory that the device did not have: leaves an event. Any thread; nothing
     * happens when the device is no GPU.
     *
     * @param detail what for, how much, and what was free
     */
    public void outOfMemory(String deviceId, String detail) {
        watch.filter(it -> it.watches(deviceId)).ifPresent(it -> it.outOfMemory(deviceId, detail));
    }

    @Override
    public void close() {
        watch.ifPresent(GpuWatch::close);
    }
}
