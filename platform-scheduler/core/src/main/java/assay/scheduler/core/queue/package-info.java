/**
 * The order in which the items of batch jobs are begun, and what becomes of them: decided here,
 * without I/O. May look at {@code core.cluster} alone.
 *
 * <p>Confined to one thread, which tells the time. Start at {@link
 * assay.scheduler.core.queue.JobQueue}; the rule between tenants is in {@link
 * assay.scheduler.core.queue.FairShares}.
 */
@NullMarked
package assay.scheduler.core.queue;

import org.jspecify.annotations.NullMarked;
