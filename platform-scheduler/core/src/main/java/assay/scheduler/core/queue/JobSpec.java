package assay.scheduler.core.queue;

import java.time.Instant;
import java.util.Comparator;

/**
 * What does not change in the life of a job. Immutable.
 *
 * @param model empty when any worker that does the kind will do
 * @param priority within the tenant; higher goes first
 * @param deadline {@link #NO_DEADLINE}, or when what is not done is given up
 * @param order of submission; unique
 * @param mostFailures of one item, until it is a dead letter
 */
public record JobSpec(
        JobId id,
        TenantId tenant,
        JobKind kind,
        String model,
        int priority,
        Instant deadline,
        long order,
        int mostFailures) {
    public static final Instant NO_DEADLINE = Instant.MAX;

    /** Within a tenant: by priority, then the earliest deadline, then as submitted. */
    static final Comparator<JobSpec> TURN =
            Comparator.comparingInt(JobSpec::priority)
                    .reversed()
                    .thenComparing(JobSpec::deadline)
                    .thenComparingLong(JobSpec::order)
                    .thenComparing(JobSpec::id);

    public JobSpec {
        if (mostFailures < 1) {
            throw new IllegalArgumentException(
                    "most failures: " + mostFailures + " (expected: 1 or more)");
        }
    }
}
