package assay.scheduler.core.cluster;

import java.util.Comparator;

/**
 * One device of one node. Immutable.
 *
 * @param node the machine
 * @param name stable on its node: "cpu", or the uuid of a GPU
 */
public record DeviceId(NodeId node, String name) implements Comparable<DeviceId> {
    private static final Comparator<DeviceId> ORDER =
            Comparator.comparing(DeviceId::node).thenComparing(DeviceId::name);

    @Override
    public int compareTo(DeviceId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return node + "/" + name;
    }
}
