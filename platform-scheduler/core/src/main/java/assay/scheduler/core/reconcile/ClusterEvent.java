package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.ReplicaId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

    /** A sign of life, with the work of replicas whose head the node is. */
    record Heartbeat(NodeId node, long session, List<ReplicaUse> uses) implements ClusterEvent {
        public Heartbeat {
            uses = List.copyOf(uses);
        }
    }

    /** A device of a node broke, or is well again. What runs on it is left to show for itself. */
    record DeviceTurned(NodeId node, long session, String device, boolean healthy)
            implements ClusterEvent {}

    /**
     * A node tells how far a stage is.
     *
     * @param resident what its weights really take, of a stage that is loaded; else zero
     */
    record StageReported(
            NodeId node,
            ReplicaId replica,
            Epoch epoch,
            int index,
            StagePhase phase,
            long fetchedBytes,
            long totalBytes,
            Bytes resident,
            String detail)
            implements ClusterEvent {
        /** One that measured nothing. */
        public StageReported(
                NodeId node,
                ReplicaId replica,
                Epoch epoch,
                int index,
                StagePhase phase,
                long fetchedBytes,
                long totalBytes,
                String detail) {
            this(node, replica, epoch, index, phase, fetchedBytes, totalBytes, Bytes.ZERO, detail);
        }
    }

    /**
     * The head tells that a stage does not answer, however well its node beats.
     *
     * @param index of the stage; 0 where the head does not know
     * @param lostFor how long it has not answered
     */
    record StageSilent(
            NodeId head, ReplicaId replica, Epoch epoch, int index, Duration lostFor, String detail)
            implements ClusterEvent {}

    /** The head tells how a probe went. */
    record ProbeReported(NodeId node, ReplicaId replica, Epoch epoch, boolean passed, String detail)
            implements ClusterEvent {}

    /** A deployment is new or was changed. */
    record DeploymentApplied(Order order) implements ClusterEvent {}

    /** A deployment shall not run any more. */
    record DeploymentRemoved(DeploymentId deployment) implements ClusterEvent {}

    /** Requests wait for a deployment that rests. */
    record DeploymentWanted(DeploymentId deployment) implements ClusterEvent {}

    /**
     * An operator wants something else of a node.
     *
     * @param drainBound how long running requests may take; zero for the usual bound
     */
    record DutySet(NodeId node, NodeDuty duty, String reason, Duration drainBound)
            implements ClusterEvent {}

    /** An operator gave a node other labels and taints. */
    record NodeMarked(NodeId node, Map<String, String> labels, Set<String> taints)
            implements ClusterEvent {
        public NodeMarked {
            labels = Map.copyOf(labels);
            taints = Set.copyOf(taints);
        }
    }

    /**
     * An operator gave a lost node up for good. Nothing happens while a stage has its place there.
     */
    record NodeForgotten(NodeId node) implements ClusterEvent {}

    /** An operator says that the nodes that vanished at once are really gone. */
    record LossAccepted() implements ClusterEvent {}

    /** Time went by. */
    record Tick() implements ClusterEvent {}
}
