package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.ReplicaId;
import java.util.Set;

/**
 * What the reconciler wants done. The order matters: a route is withdrawn before anything else, and
 * an epoch is stored before anyone hears of it.
 */
public sealed interface ClusterAction {
    /**
     * Whether it writes or forgets a row. A caller queues these before it lets anyone see what the
     * same event decided: an epoch that is not stored yet must not be shown.
     */
    default boolean isStorage() {
        return this instanceof SaveNode
                || this instanceof ForgetNode
                || this instanceof SaveDeployment
                || this instanceof SaveReplica
                || this instanceof ForgetReplica;
    }

    /** The set of routed replicas changed, or an epoch of one. */
    record PublishRoutes() implements ClusterAction {}

    /** Store the node as it is now. */
    record SaveNode(NodeId node) implements ClusterAction {}

    /** The node is no more. */
    record ForgetNode(NodeId node) implements ClusterAction {}

    /** Store how many replicas the deployment wants now. */
    record SaveDeployment(DeploymentId deployment) implements ClusterAction {}

    /** Store the replica and its stages as they are now. */
    record SaveReplica(ReplicaId replica) implements ClusterAction {}

    /** The replica is no more. */
    record ForgetReplica(ReplicaId replica) implements ClusterAction {}

    /** Tell the node of the stage to load it, or to go over to this epoch. */
    record Assign(ReplicaId replica, Epoch epoch, int index) implements ClusterAction {}

    /** Tell a node to drop the replica's stages of this epoch and before. */
    record Release(NodeId node, ReplicaId replica, Epoch epoch) implements ClusterAction {}

    /** Ask the head for a token through all stages. */
    record Probe(NodeId head, ReplicaId replica, Epoch epoch) implements ClusterAction {}

    /** End this session: the node has been silent for too long. */
    record CloseSession(NodeId node, long session, String reason) implements ClusterAction {}

    /**
     * For log, metrics and history: a replica went from one state to another.
     *
     * @param deployment by name
     * @param moved indices of stages that are elsewhere than before
     */
    record Changed(
            ReplicaId replica,
            String deployment,
            Epoch epoch,
            ReplicaState from,
            ReplicaEvent event,
            ReplicaState to,
            Reason reason,
            Set<Integer> moved)
            implements ClusterAction {
        public Changed {
            moved = Set.copyOf(moved);
        }
    }

    /** For log, metrics and history: a node went from one state to another. */
    record NodeChanged(NodeId node, NodeState from, NodeEvent event, NodeState to, Reason reason)
            implements ClusterAction {}

    /** For log, metrics and history: what an operator wants of a node changed. */
    record DutyChanged(NodeId node, String from, String to, Reason reason)
            implements ClusterAction {}

    /** For log, metrics and history: a deployment wants another number of replicas. */
    record Scaled(String deployment, int from, int to, Reason reason) implements ClusterAction {}

    /**
     * For log, metrics and history: others are moved to make room for a replica that waits.
     *
     * @param replica for which
     * @param deployment by name
     * @param state of that replica
     */
    record MakingRoom(
            ReplicaId replica,
            String deployment,
            Epoch epoch,
            ReplicaState state,
            Step step,
            Reason reason)
            implements ClusterAction {
        /** How far a plan is. */
        public enum Step {
            PLANNED,
            MOVE_BEGUN,
            /** The replica has a place. */
            MADE,
            /** The plan does not help any more. */
            GIVEN_UP
        }
    }

    /** For log and metrics: the scheduler began or ended to doubt that nodes are gone. */
    record Doubted(Reason doubt) implements ClusterAction {}
}
