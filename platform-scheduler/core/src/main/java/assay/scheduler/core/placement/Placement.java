package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.PlacementDecision;
import java.util.List;

/** Finds devices for the stages of one replica. Stateless; equal questions get equal answers. */
public interface Placement {
    /** How far stages of one replica must be from each other. */
    enum Spread {
        /** Each on a node of its own, or it waits. */
        NODES_APART,
        /** On nodes of their own where that can be, else closer together. */
        NODES_APART_IF_POSSIBLE
    }

    /**
     * Decides without booking anything.
     *
     * @param spec what shall run
     * @param spread of the stages
     * @param nodes those that may take a stage, in any order
     * @param booked what other replicas hold
     */
    PlacementDecision place(
            DeploymentSpec spec, Spread spread, List<NodeSnapshot> nodes, Bookings booked);
}
