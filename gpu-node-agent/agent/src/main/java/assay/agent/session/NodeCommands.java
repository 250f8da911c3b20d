package assay.agent.session;

import assay.agent.v1.AssignStage;
import assay.agent.v1.ProbeReplica;
import assay.agent.v1.ReleaseStage;

/** What the scheduler may ask of this node. Called on the control loop; returns at once. */
public interface NodeCommands {
    /** Load this run of layers, or go over to its epoch. */
    void assign(AssignStage order);

    /** Drop this epoch and those before. */
    void release(ReleaseStage order);

    /** Prove that a token passes through all stages. */
    void probe(ProbeReplica order);
}
