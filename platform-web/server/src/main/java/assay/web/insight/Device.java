package assay.web.insight;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A CPU or a GPU of a node. Immutable.
 *
 * @param kind "cpu", "cuda"
 * @param fault a stable name; empty while stages may be placed on it
 * @param memoryHigh more than nine tenths are in use
 * @param gpu null of what is none, and while its node is away
 */
public record Device(
        String id,
        String kind,
        String name,
        long memoryTotalBytes,
        long memoryUsedBytes,
        long memoryBookedBytes,
        double utilizationRatio,
        String fault,
        String faultDetail,
        boolean memoryHigh,
        @Nullable Gpu gpu) {
    /**
     * What a GPU tells of itself.
     *
     * @param cardId of a MIG instance: its card
     * @param memoryBandwidthRatio and the others are null where the card does not tell
     */
    public record Gpu(
            String driverVersion,
            String computeCapability,
            String pciBusId,
            String cardId,
            List<Link> links,
            @Nullable Double memoryBandwidthRatio,
            @Nullable Integer temperatureCelsius,
            @Nullable Double powerWatts) {
        public Gpu {
            links = List.copyOf(links);
        }
    }

    /**
     * A way to another GPU of the node.
     *
     * @param path "nvlink", "pcie_switch", "system"…
     */
    public record Link(String deviceId, String path, int nvlinkCount) {}

    /** Used memory as a share of all. */
    public double memoryRatio() {
        return memoryTotalBytes <= 0 ? 0 : memoryUsedBytes / (double) memoryTotalBytes;
    }

    /** Memory that is neither booked nor used by others. */
    public long memoryFreeBytes() {
        return Math.max(0, memoryTotalBytes - Math.max(memoryUsedBytes, memoryBookedBytes));
    }
}
