package assay.scheduler.core.queue;

import java.util.UUID;

/** A process that works items off. Immutable. */
public record WorkerId(UUID value) implements Comparable<WorkerId> {
    @Override
    public int compareTo(WorkerId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
