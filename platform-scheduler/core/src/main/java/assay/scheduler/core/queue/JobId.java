package assay.scheduler.core.queue;

import java.util.UUID;

/** A batch job. Immutable. */
public record JobId(UUID value) implements Comparable<JobId> {
    @Override
    public int compareTo(JobId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
