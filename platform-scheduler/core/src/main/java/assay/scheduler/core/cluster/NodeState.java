package assay.scheduler.core.cluster;

/** How sure we are of a node. */
public enum NodeState {
    /** Heard of lately. */
    READY,
    /** Silent for a while, or its session just broke: gets nothing new. */
    SUSPECT,
    /** Silent for so long that what ran there is taken for gone. */
    LOST
}
