package assay.scheduler.core.queue;

/**
 * The next items of a job are a worker's. Immutable.
 *
 * @param items 1 or more
 */
public record Turn(WorkerId worker, JobId job, int items) {}
