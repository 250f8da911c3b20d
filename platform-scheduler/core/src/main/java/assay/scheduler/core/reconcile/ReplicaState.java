package assay.scheduler.core.reconcile;

/** Where a replica is in its life. */
public enum ReplicaState {
    /** Has no place yet. */
    WAITING,
    /** Its stages were told to load. */
    LOADING,
    /** Loaded; a token is on its way through all stages. */
    PROBING,
    /** Takes requests. */
    SERVING,
    /** A stage is gone or failed; the place is kept for a while. */
    BROKEN
}
