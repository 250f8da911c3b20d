package assay.scheduler.core.reconcile;

/** How replicas of a changed deployment are replaced. */
public enum Replacement {
    /** New ones serve before old ones go; waits while there is no room for both. */
    SURGE,
    /** The same where there is room; else an old one goes first where that makes room. */
    RECREATE_ALLOWED
}
