package assay.scheduler.core.reconcile;

/** Where a replica is in its life. */
public enum ReplicaState {
    /** Has no place yet. */
    WAITING,
    /** Its stages were told to load, or to go over to a new epoch. */
    LOADING,
    /** Loaded; a token is on its way through all stages. */
    PROBING,
    /** Takes requests. */
    SERVING,
    /** A stage is gone or failed; the place is kept for a while. */
    BROKEN,
    /** Takes no new requests and finishes those that run. */
    DRAINING,
    /** Is no more. */
    ENDED
}
