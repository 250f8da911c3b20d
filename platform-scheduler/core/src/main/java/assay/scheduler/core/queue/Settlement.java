package assay.scheduler.core.queue;

import java.time.Instant;

/**
 * What becomes of an item whose lease ended. Immutable.
 *
 * @param failures of the item from now on
 * @param notBefore of a delayed item: its next try; else when the lease ended
 */
public record Settlement(Lease lease, ItemState state, int failures, Instant notBefore) {}
