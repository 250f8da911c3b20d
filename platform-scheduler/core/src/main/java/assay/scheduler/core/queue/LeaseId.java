package assay.scheduler.core.queue;

import java.util.UUID;

/** One try of one item by one worker; never used twice, so that it fences all others. Immutable. */
public record LeaseId(UUID value) {
    @Override
    public String toString() {
        return value.toString();
    }
}
