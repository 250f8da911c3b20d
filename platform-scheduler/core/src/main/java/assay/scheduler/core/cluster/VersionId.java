package assay.scheduler.core.cluster;

import java.util.UUID;

/** The files of a model at one time. Immutable. */
public record VersionId(UUID value) implements Comparable<VersionId> {
    @Override
    public int compareTo(VersionId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
