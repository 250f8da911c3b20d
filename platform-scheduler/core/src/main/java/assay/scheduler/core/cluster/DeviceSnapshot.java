package assay.scheduler.core.cluster;

/**
 * A device as its node announced it. Immutable.
 *
 * @param name stable on its node
 * @param kind "cpu" or "cuda"
 * @param label as the hardware names itself
 * @param total memory that it has
 * @param foreign memory that is taken by others than stages
 */
public record DeviceSnapshot(String name, String kind, String label, Bytes total, Bytes foreign) {
    /** What stages may book in all. */
    public Bytes capacity() {
        return total.minusOrZero(foreign);
    }
}
