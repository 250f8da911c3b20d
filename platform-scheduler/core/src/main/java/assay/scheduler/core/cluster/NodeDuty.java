package assay.scheduler.core.cluster;

/** What an operator lets a node do. */
public enum NodeDuty {
    /** Takes stages. */
    OPEN,
    /** Keeps what it has and gets nothing new. */
    CORDONED,
    /** Gets nothing new, and what it has is moved away. */
    DRAINING
}
