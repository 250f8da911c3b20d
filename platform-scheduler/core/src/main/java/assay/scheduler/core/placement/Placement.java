package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.PlacementDecision;
import java.util.List;

/** Finds devices for the stages of one replica. Stateless; equal questions get equal answers. */
public interface Placement {
    /**
     * Decides without booking anything.
     *
     * @param spec what shall run
     * @param nodes those that may take a stage, in any order
     * @param booked what other replicas hold
     */
    PlacementDecision place(DeploymentSpec spec, List<NodeSnapshot> nodes, Bookings booked);
}
