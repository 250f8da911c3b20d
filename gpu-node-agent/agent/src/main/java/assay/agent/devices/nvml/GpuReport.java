package assay.agent.devices.nvml;

import assay.agent.devices.nvml.Nvml.Card;
import assay.agent.devices.nvml.Nvml.Link;
import assay.agent.devices.nvml.Nvml.Part;
import assay.agent.devices.nvml.Nvml.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What {@code ./assay doctor} says of cards: one line for each, {@code ok} or {@code without}
 * first. Run from its source, so that it works where nothing is built.
 */
public final class GpuReport {
    private static final double MIB = 1 << 20;

    private final List<String> lines = new ArrayList<>();

    private GpuReport() {}

    /** Prints the report; never fails for missing hardware. */
    public static void main(String[] arguments) {
        of(LibraryNvml::open, CudaLibrary::find).forEach(System.out::println);
    }

    /**
     * The lines.
     *
     * @param open gives the readings, or throws what is missing
     * @param libraries tells where a library is
     */
    static List<String> of(Supplier<Nvml> open, Function<CudaLibrary, Optional<String>> libraries) {
        var report = new GpuReport();
        try (Nvml nvml = open.get()) {
            report.write(nvml, libraries);
        } catch (NvmlException e) {
            report.without(
                    "GPU: none to be seen, so models run on the CPU (%s: %s)"
                            .formatted(e.getMessage(), e.advice()));
        }
        return report.lines;
    }

    private void write(Nvml nvml, Function<CudaLibrary, Optional<String>> libraries) {
        if (nvml.cards().isEmpty()) {
            without("GPU: a driver is here, but no card; models run on the CPU");
            return;
        }
        var driver = new DriverVersion(nvml.driverVersion());
        if (driver.isSupported()) {
            ok("GPU driver: " + driver);
        } else {
            without(
                    "GPU driver: %s (expected: %s or newer); models run on the CPU until it is"
                                    .formatted(driver, DriverVersion.OLDEST)
                            + " updated");
        }
        for (CudaLibrary library : CudaLibrary.values()) {
            libraries
                    .apply(library)
                    .ifPresentOrElse(
                            found -> ok("GPU: " + library.title() + " is " + found),
                            () -> without("GPU: " + library.explanation()));
        }
        nvml.cards().forEach(card -> card(nvml, card));
        if (!nvml.tellsFaults()) {
            without("GPU: the driver tells of no faults; XID errors are not seen");
        }
    }

    private void card(Nvml nvml, Card card) {
        ok(
                "GPU %s: %s, %.0f MiB, compute capability %s, %s"
                        .formatted(
                                card.uuid(),
                                card.name(),
                                card.memoryTotalBytes() / MIB,
                                card.computeCapability(),
                                card.pciBusId()));
        if (Double.parseDouble(card.computeCapability()) < 8.0) {
            without(
                    "GPU %s: compute capability %s (expected: 8.0 or more)"
                            .formatted(card.uuid(), card.computeCapability()));
        }
        for (Link link : card.links()) {
            ok("GPU %s: to %s by %s".formatted(card.uuid(), link.uuid(), words(link)));
        }
        if (card.mig() && card.parts().isEmpty()) {
            without("GPU %s: MIG is on, but the card has no instance".formatted(card.uuid()));
        }
        for (Part part : card.parts()) {
            ok(
                    "GPU %s: MIG instance %s, %s, %.0f MiB; an agent takes it by"
                                    .formatted(
                                            card.uuid(),
                                            part.uuid(),
                                            part.name(),
                                            part.memoryTotalBytes() / MIB)
                            + " CUDA_VISIBLE_DEVICES");
        }
        try {
            state(card, nvml.sample(card.uuid()));
        } catch (NvmlException e) {
            without("GPU %s: %s (%s)".formatted(card.uuid(), e.getMessage(), e.advice()));
        }
    }

    private void state(Card card, Sample sample) {
        long errors = sample.uncorrectedErrors().orElse(0);
        if (errors > 0) {
            without(
                    "GPU %s: %d uncorrected errors of its memory; no stage is placed there until"
                                    .formatted(card.uuid(), errors)
                            + " it is reset (nvidia-smi --gpu-reset, or a reboot)");
        }
        double used = (double) sample.memoryUsedBytes() / Math.max(1, sample.memoryTotalBytes());
        if (used > 0.9) {
            without(
                    "GPU %s: %.0f %% of its memory is in use already"
                            .formatted(card.uuid(), 100 * used));
        }
    }

    private static String words(Link link) {
        String path = link.path().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return link.nvLinkCount() > 0 ? link.nvLinkCount() + " links of NVLink" : path;
    }

    private void ok(String line) {
        lines.add("ok " + line);
    }

    private void without(String line) {
        lines.add("without " + line);
    }
}
