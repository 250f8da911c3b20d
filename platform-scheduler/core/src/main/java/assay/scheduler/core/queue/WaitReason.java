package assay.scheduler.core.queue;

/** Why items of a job are not under way. */
public enum WaitReason {
    /** Nothing waits. */
    NONE,
    PAUSED,
    /** No worker does this kind with this model. */
    NO_WORKER,
    /** The workers are full, or other tenants or jobs come first. */
    NO_ROOM,
    /** The tenant has as many items under way as it may. */
    TENANT_LIMIT,
    /** All that is left waits for its next try. */
    RETRY
}
