package assay.scheduler.sim;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.reconcile.Cluster;
import assay.scheduler.core.reconcile.Deployment;
import assay.scheduler.core.reconcile.ReconcileConfig;
import assay.scheduler.core.reconcile.Replica;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The database of the simulated scheduler: survives it. Single-threaded. */
final class StoredCluster {
    private final Map<NodeId, NodeSnapshot> nodes = new TreeMap<>();
    private final Map<DeploymentId, Deployment.Stored> deployments = new TreeMap<>();
    private final Map<ReplicaId, Replica.Stored> replicas = new TreeMap<>();

    void save(NodeSnapshot node) {
        nodes.put(node.id(), node);
    }

    void save(Deployment deployment) {
        deployments.put(
                deployment.id(), new Deployment.Stored(deployment.order(), deployment.wanted()));
    }

    void save(Replica replica) {
        replicas.put(
                replica.id(),
                new Replica.Stored(
                        replica.id(), replica.spec(), replica.epoch(), replica.assignments()));
    }

    void forget(DeploymentId deployment) {
        deployments.remove(deployment);
    }

    void forget(ReplicaId replica) {
        replicas.remove(replica);
    }

    void forget(NodeId node) {
        nodes.remove(node);
    }

    Replica.Stored replica(ReplicaId id) {
        Replica.Stored stored = replicas.get(id);
        if (stored == null) {
            throw new IllegalStateException("replica " + id + " was told before it was stored");
        }
        return stored;
    }

    /** Whether it is stored. */
    boolean knows(ReplicaId id) {
        return replicas.containsKey(id);
    }

    Cluster restore(Instant now, ReconcileConfig config) {
        var cluster = new Cluster();
        cluster.restore(
                new Cluster.Stored(
                        nodes.values().stream()
                                .map(node -> new Cluster.StoredNode(node, ""))
                                .toList(),
                        List.copyOf(deployments.values()),
                        List.copyOf(replicas.values())),
                now,
                config);
        return cluster;
    }
}
