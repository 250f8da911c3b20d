package assay.scheduler.core.cluster;

import java.util.List;

/**
 * A device as its node announced it. Immutable.
 *
 * @param name stable on its node
 * @param kind "cpu" or "cuda"
 * @param label as the hardware names itself
 * @param total memory that it has
 * @param foreign memory that is taken by others than stages
 * @param healthy whether stages may be placed on it
 * @param memoryBytesPerSecond what its memory moves; 0 where nobody told
 * @param flops multiply-adds of 16-bit numbers count as two, per second; 0 where nobody told
 * @param links to other devices of its node; those that are not named are reached over the host
 */
public record DeviceSnapshot(
        String name,
        String kind,
        String label,
        Bytes total,
        Bytes foreign,
        boolean healthy,
        long memoryBytesPerSecond,
        long flops,
        List<DeviceLink> links) {
    private static final String CPU = "cpu";

    public DeviceSnapshot {
        links = List.copyOf(links);
        if (memoryBytesPerSecond < 0 || flops < 0) {
            throw new IllegalArgumentException(
                    "device %s: %d B/s, %d flops (expected: 0 or more)"
                            .formatted(name, memoryBytesPerSecond, flops));
        }
    }

    /** A healthy device that tells nothing of its speed. */
    public DeviceSnapshot(String name, String kind, String label, Bytes total, Bytes foreign) {
        this(name, kind, label, total, foreign, true, 0, 0, List.of());
    }

    /** The same device, well or not. */
    public DeviceSnapshot turned(boolean nowHealthy) {
        return new DeviceSnapshot(
                name, kind, label, total, foreign, nowHealthy, memoryBytesPerSecond, flops, links);
    }

    /** What stages may book in all. */
    public Bytes capacity() {
        return total.minusOrZero(foreign);
    }

    /** Whether it is a card, with memory of its own. */
    public boolean isGpu() {
        return !kind.equals(CPU);
    }
}
