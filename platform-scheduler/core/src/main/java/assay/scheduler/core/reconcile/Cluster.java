package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.placement.Fleet;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything the scheduler knows: what shall run and what does. Confined to the control loop; read
 * it there between two events. Orders are by id, so that a run can be repeated.
 */
public final class Cluster {
    final SortedMap<NodeId, NodeStatus> nodes = new TreeMap<>();
    final SortedMap<DeploymentId, DeploymentSpec> deployments = new TreeMap<>();
    final SortedMap<ReplicaId, Replica> replicas = new TreeMap<>();
    final Fleet fleet = new Fleet();

    /** Takes in what an earlier scheduler stored. No node of it is connected yet. */
    public void restore(
            List<NodeSnapshot> storedNodes,
            List<DeploymentSpec> storedDeployments,
            List<Replica.Stored> storedReplicas,
            Instant now,
            ReconcileConfig config) {
        for (NodeSnapshot node : storedNodes) {
            NodeState state = node.state() == NodeState.LOST ? NodeState.LOST : NodeState.SUSPECT;
            put(new NodeStatus(node.in(state), 0, now));
        }
        storedDeployments.forEach(spec -> deployments.put(spec.id(), spec));
        for (Replica.Stored stored : storedReplicas) {
            Instant keptUntil = now.plus(config.placeKept());
            var replica = Replica.restored(stored, now, keptUntil);
            replicas.put(stored.id(), replica);
            book(replica);
        }
    }

    public Collection<NodeStatus> nodes() {
        return Collections.unmodifiableCollection(nodes.values());
    }

    public Optional<NodeStatus> node(NodeId id) {
        return Optional.ofNullable(nodes.get(id));
    }

    public Collection<DeploymentSpec> deployments() {
        return Collections.unmodifiableCollection(deployments.values());
    }

    public Optional<DeploymentSpec> deployment(DeploymentId id) {
        return Optional.ofNullable(deployments.get(id));
    }

    public Collection<Replica> replicas() {
        return Collections.unmodifiableCollection(replicas.values());
    }

    public Optional<Replica> replica(ReplicaId id) {
        return Optional.ofNullable(replicas.get(id));
    }

    /** What is booked on a device. */
    public Bytes booked(DeviceId device) {
        return fleet.booked(device);
    }

    /** The nodes as placement sees them. Read it only. */
    public Fleet fleet() {
        return fleet;
    }

    /** What is known of a node has changed. */
    void put(NodeStatus node) {
        nodes.put(node.snapshot.id(), node);
        fleet.put(node.snapshot);
    }

    /** The replica has other stages than before. */
    void book(Replica replica) {
        DeploymentSpec spec = deployments.get(replica.deployment());
        if (spec != null) {
            fleet.book(replica.id(), spec, replica.assignments());
        }
    }

    boolean isConnected(NodeId id) {
        NodeStatus node = nodes.get(id);
        return node != null && node.isConnected();
    }

    boolean allConnected(Replica replica) {
        return replica.stages().stream().allMatch(stage -> isConnected(stage.node()));
    }

    /** Whether a stage of it has its place on a device that is not healthy. */
    boolean standsOnBroken(Replica replica) {
        return replica.stages().stream()
                .map(stage -> stage.assignment().device())
                .anyMatch(this::isBroken);
    }

    private boolean isBroken(DeviceId id) {
        NodeStatus node = nodes.get(id.node());
        return node != null
                && node.snapshot.devices().stream()
                        .anyMatch(it -> it.name().equals(id.name()) && !it.healthy());
    }

    /**
     * What must hold between any two events.
     *
     * @throws IllegalStateException when it does not
     */
    void check() {
        for (Replica replica : replicas.values()) {
            boolean serving = replica.state() == ReplicaState.SERVING;
            if (serving && !(replica.all(StagePhase.LOADED) && allConnected(replica))) {
                throw new IllegalStateException(
                        "replica " + replica.id() + " serves without all of its stages");
            }
            boolean placed = !replica.stages().isEmpty();
            if (placed == (replica.state() == ReplicaState.WAITING)) {
                throw new IllegalStateException(
                        "replica %s is %s with %d stages"
                                .formatted(replica.id(), replica.state(), replica.stages().size()));
            }
        }
    }
}
