package assay.scheduler.core.cluster;

/**
 * A way from one device to another of the same node. Immutable.
 *
 * @param device the other's name
 * @param bytesPerSecond in one direction, above 0
 */
public record DeviceLink(String device, long bytesPerSecond) {
    public DeviceLink {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException(
                    "link to " + device + ": " + bytesPerSecond + " B/s (expected: above 0)");
        }
    }
}
