package assay.scheduler.core.reconcile;

/** What happens to a replica. */
public enum ReplicaEvent {
    /** All stages were given devices, under a new epoch. */
    PLACED,
    /** The stages go on where they were, under a new epoch. */
    RENEWED,
    /** Lost stages alone were given other devices, under a new epoch; the others stay. */
    STAGES_MOVED,
    /** All stages were found running under the epoch that is still in force. */
    ADOPTED,
    /** The last stage reported that it is loaded. */
    ALL_LOADED,
    /** A token came through all stages. */
    PROBE_PASSED,
    /** No token came through. */
    PROBE_FAILED,
    /** A stage reported that it failed, or the head that it does not answer. */
    STAGE_FAILED,
    /** The node of a stage is gone. */
    NODE_GONE,
    /** Loading made no progress until the lease of the places ended. */
    LEASE_ENDED,
    /** It is not wanted any more, and leaves the routes. */
    WITHDRAWN,
    /** It has nothing more to do, or can do nothing more. */
    DISMISSED
}
