package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeviceSnapshot;
import java.util.List;
import java.util.Locale;

/**
 * How fast a device computes. Immutable.
 *
 * @param memoryBytesPerSecond that its memory moves
 * @param flops of 16-bit numbers, per second, a multiply-add counted as two
 */
record DeviceSpeed(long memoryBytesPerSecond, long flops) {
    private static final long GIGA = 1_000_000_000L;
    private static final long TERA = 1_000 * GIGA;

    /** A processor with two channels of DDR4, and a card of which nobody knows anything. */
    private static final DeviceSpeed CPU = new DeviceSpeed(40 * GIGA, TERA / 2);

    private static final DeviceSpeed CARD = new DeviceSpeed(300 * GIGA, 60 * TERA);

    /**
     * @param word in the card's name
     */
    private record Known(String word, DeviceSpeed speed) {}

    /**
     * The makers' data sheets: dense 16-bit products on tensor cores. The first word that a name
     * holds counts.
     */
    private static final List<Known> KNOWN =
            List.of(
                    known("B200", 8_000, 2_250),
                    known("H200", 4_800, 989),
                    known("H100 PCIE", 2_000, 756),
                    known("H100", 3_350, 989),
                    known("H800", 3_350, 989),
                    known("H20", 4_000, 148),
                    known("A100-PCIE-40", 1_555, 312),
                    known("A100-SXM4-40", 1_555, 312),
                    known("A100", 2_039, 312),
                    known("A800", 2_039, 312),
                    known("L40S", 864, 362),
                    known("L40", 864, 181),
                    known("L4", 300, 121),
                    known("A40", 696, 150),
                    known("A30", 933, 165),
                    known("A10", 600, 125),
                    known("RTX 5090", 1_792, 210),
                    known("RTX 4090", 1_008, 165),
                    known("RTX 3090", 936, 71),
                    known("V100", 900, 125),
                    known("P100", 732, 19),
                    known("T4", 320, 65));

    private static Known known(String word, long gigabytesPerSecond, long teraflops) {
        return new Known(word, new DeviceSpeed(gigabytesPerSecond * GIGA, teraflops * TERA));
    }

    /** What the device tells of itself, else what is known of its name, else a guess by kind. */
    static DeviceSpeed of(DeviceSnapshot device) {
        DeviceSpeed known = device.isGpu() ? card(device.label()) : CPU;
        return new DeviceSpeed(
                device.memoryBytesPerSecond() > 0
                        ? device.memoryBytesPerSecond()
                        : known.memoryBytesPerSecond,
                device.flops() > 0 ? device.flops() : known.flops);
    }

    private static DeviceSpeed card(String label) {
        String name = label.toUpperCase(Locale.ROOT);
        return KNOWN.stream()
                .filter(it -> name.contains(it.word()))
                .map(Known::speed)
                .findFirst()
                .orElse(CARD);
    }

    /** Nanoseconds for so many bytes read and so many operations: whichever takes longer. */
    long nanos(double bytes, double operations) {
        double seconds = Math.max(bytes / memoryBytesPerSecond, operations / flops);
        return Math.max(1, Math.round(seconds * GIGA));
    }
}
