package assay.scheduler.core.cluster;

import java.util.UUID;

/** A running copy of a model version. Immutable. */
public record ReplicaId(UUID value) implements Comparable<ReplicaId> {
    @Override
    public int compareTo(ReplicaId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
