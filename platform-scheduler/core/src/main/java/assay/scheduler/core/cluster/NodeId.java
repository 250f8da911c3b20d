package assay.scheduler.core.cluster;

import java.util.UUID;

/** A machine, by the uuid in its certificate. Immutable. */
public record NodeId(UUID value) implements Comparable<NodeId> {
    @Override
    public int compareTo(NodeId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
