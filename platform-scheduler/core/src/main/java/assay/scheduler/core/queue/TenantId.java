package assay.scheduler.core.queue;

import java.util.UUID;

/** Who jobs are for. Immutable. */
public record TenantId(UUID value) implements Comparable<TenantId> {
    @Override
    public int compareTo(TenantId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
