package assay.scheduler.core.cluster;

/**
 * A device as its node announced it. Immutable.
 *
 * @param name stable on its node
 * @param kind "cpu" or "cuda"
 * @param label as the hardware names itself
 * @param total memory that it has
 * @param foreign memory that is taken by others than stages
 * @param healthy whether stages may be placed on it
 */
public record DeviceSnapshot(
        String name, String kind, String label, Bytes total, Bytes foreign, boolean healthy) {
    /** A healthy device. */
    public DeviceSnapshot(String name, String kind, String label, Bytes total, Bytes foreign) {
        this(name, kind, label, total, foreign, true);
    }

    /** The same device, well or not. */
    public DeviceSnapshot turned(boolean nowHealthy) {
        return new DeviceSnapshot(name, kind, label, total, foreign, nowHealthy);
    }

    /** What stages may book in all. */
    public Bytes capacity() {
        return total.minusOrZero(foreign);
    }
}
