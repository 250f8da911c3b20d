package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.ReplicaId;
import java.time.Instant;
import java.util.List;

/** What the reconciler is told. */
public sealed interface ClusterEvent {
    /**
     * A node opened a session; an older one of the same node is over.
     *
     * @param session grows with each session
     * @param held what the node still holds from before
     */
    record NodeJoined(NodeSnapshot node, long session, List<HeldStage> held)
            implements ClusterEvent {
        public NodeJoined {
            held = List.copyOf(held);
        }
    }

    /** A stage that a node brought along. */
    record HeldStage(
            ReplicaId replica, Epoch epoch, int index, LayerRange layers, StagePhase phase) {}

    /** A session ended. Nothing happens when it is not the node's newest. */
    record NodeLeft(NodeId node, long session) implements ClusterEvent {}

    /** A sign of life. */
    record Heartbeat(NodeId node, long session, List<TokenSeen> tokens) implements ClusterEvent {
        public Heartbeat {
            tokens = List.copyOf(tokens);
        }
    }

    /** A device of a node broke, or is well again. What runs on it is left to show for itself. */
    record DeviceTurned(NodeId node, long session, String device, boolean healthy)
            implements ClusterEvent {}

    /** When a token last came through all stages of a replica. */
    record TokenSeen(ReplicaId replica, Epoch epoch, Instant at) {}

    /** A node tells how far a stage is. */
    record StageReported(
            NodeId node,
            ReplicaId replica,
            Epoch epoch,
            int index,
            StagePhase phase,
            long fetchedBytes,
            long totalBytes,
            String detail)
            implements ClusterEvent {}

    /** The head tells how a probe went. */
    record ProbeReported(NodeId node, ReplicaId replica, Epoch epoch, boolean passed, String detail)
            implements ClusterEvent {}

    /** A deployment is new or was changed. */
    record DeploymentApplied(DeploymentSpec spec) implements ClusterEvent {}

    /** A deployment shall not run any more. */
    record DeploymentRemoved(DeploymentId deployment) implements ClusterEvent {}

    /** Time went by. */
    record Tick() implements ClusterEvent {}
}
