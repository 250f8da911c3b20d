/**
 * Batch jobs: many items that nobody waits for. The scheduler keeps jobs and hands items out
 * fairly; gateways take them in, carry them through as interactive requests of the job's owner are,
 * and tell what came of them. Start at {@link assay.web.jobs.Jobs} for what people do with jobs, at
 * {@code JobWorker} for what this process does for them: one stream to the scheduler, each item on
 * a virtual thread of its own.
 */
@NullMarked
package assay.web.jobs;

import org.jspecify.annotations.NullMarked;
