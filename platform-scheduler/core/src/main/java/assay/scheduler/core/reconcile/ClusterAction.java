package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.ReplicaId;

/**
 * What the reconciler wants done. The order matters: a route is withdrawn before anything else, and
 * an epoch is stored before anyone hears of it.
 */
public sealed interface ClusterAction {
    /** The set of serving replicas changed. */
    record PublishRoutes() implements ClusterAction {}

    /** Store the node as it is now. */
    record SaveNode(NodeId node) implements ClusterAction {}

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

    /** For the log and the metrics: a replica went from one state to another. */
    record Changed(
            ReplicaId replica,
            Epoch epoch,
            ReplicaState from,
            ReplicaEvent event,
            ReplicaState to,
            String reason)
            implements ClusterAction {}
}
