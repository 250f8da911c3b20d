package assay.scheduler.core.reconcile;

/** What happens to a node. */
public enum NodeEvent {
    /** It opened a session. */
    JOINED,
    /** It beat. */
    HEARD,
    /** Its session is there, and nothing came over it for a while. */
    SILENT,
    /** Its session ended. */
    SESSION_BROKE,
    /** It was away for so long that what ran there is taken for gone. */
    GIVEN_UP
}
