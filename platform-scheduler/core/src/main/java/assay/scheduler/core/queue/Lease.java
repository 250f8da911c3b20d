package assay.scheduler.core.queue;

import java.time.Instant;

/**
 * An item under way. Immutable.
 *
 * @param index of the item in its job
 * @param failures of the item before this try
 * @param until when it is over, unless the worker renews it
 */
public record Lease(
        LeaseId id, JobId job, long index, int failures, WorkerId worker, Instant until) {
    Lease renewed(Instant newUntil) {
        return new Lease(id, job, index, failures, worker, newUntil);
    }
}
