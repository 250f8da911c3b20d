package assay.scheduler.core.reconcile;

/** How far a stage is on its node. */
public enum StagePhase {
    ASSIGNED,
    FETCHING,
    LOADING,
    LOADED,
    FAILED,
    /** Its node is not there. */
    LOST
}
