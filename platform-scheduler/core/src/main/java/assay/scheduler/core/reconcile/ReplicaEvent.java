package assay.scheduler.core.reconcile;

/** What happens to a replica. */
public enum ReplicaEvent {
    /** Stages were given devices, under a new epoch. */
    PLACED,
    /** The stages go on where they were, under a new epoch. */
    RENEWED,
    /** All stages were found running under the epoch that is still in force. */
    ADOPTED,
    /** The last stage reported that it is loaded. */
    ALL_LOADED,
    /** A token came through all stages. */
    PROBE_PASSED,
    /** No token came through. */
    PROBE_FAILED,
    /** A stage reported that it failed. */
    STAGE_FAILED,
    /** The node of a stage is gone. */
    NODE_GONE
}
