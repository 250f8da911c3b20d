package assay.scheduler.core.cluster;

import java.util.UUID;

/** A wish for replicas of one model version. Immutable. */
public record DeploymentId(UUID value) implements Comparable<DeploymentId> {
    @Override
    public int compareTo(DeploymentId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
