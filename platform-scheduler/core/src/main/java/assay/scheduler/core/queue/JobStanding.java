package assay.scheduler.core.queue;

/**
 * How far a job is. Immutable.
 *
 * @param tokens used by all tries
 */
public record JobStanding(
        JobId id, TenantId tenant, JobState state, ItemCounts counts, long tokens) {}
