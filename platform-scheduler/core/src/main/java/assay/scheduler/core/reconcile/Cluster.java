package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.placement.Fleet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Everything the scheduler knows: what shall run and what does. Confined to the control loop; read
 * it there between two events. Orders are by id, so that a run can be repeated.
 */
public final class Cluster {
    final SortedMap<NodeId, NodeStatus> nodes = new TreeMap<>();
    final SortedMap<DeploymentId, Deployment> deployments = new TreeMap<>();
    final SortedMap<ReplicaId, Replica> replicas = new TreeMap<>();
    final Fleet fleet = new Fleet();
    Reason doubt = Reason.NONE;

    private final Map<DeploymentId, Set<ReplicaId>> byDeployment = new HashMap<>();
    private final Map<NodeId, Set<ReplicaId>> byNode = new HashMap<>();
    private long capacityRevision;

    /** What an earlier scheduler stored. */
    public record Stored(
            List<StoredNode> nodes,
            List<Deployment.Stored> deployments,
            List<Replica.Stored> replicas) {
        public Stored {
            nodes = List.copyOf(nodes);
            deployments = List.copyOf(deployments);
            replicas = List.copyOf(replicas);
        }
    }

    /** What a store holds of a node. */
    public record StoredNode(NodeSnapshot snapshot, String dutyReason) {}

    /** Takes in what an earlier scheduler stored. No node of it is connected yet. */
    public void restore(Stored stored, Instant now, ReconcileConfig config) {
        for (StoredNode node : stored.nodes()) {
            boolean lost = node.snapshot().state() == NodeState.LOST;
            var snapshot = node.snapshot().in(lost ? NodeState.LOST : NodeState.SUSPECT);
            // We were away ourselves: agents may only come once their longest pause is over.
            Instant givenUpAt = now.plus(config.lostAfter().multipliedBy(2));
            var status = new NodeStatus(snapshot, 0, now, givenUpAt);
            status.dutyReason = node.dutyReason();
            put(status);
        }
        for (Deployment.Stored it : stored.deployments()) {
            var deployment = new Deployment(it.order(), it.wanted(), now);
            deployments.put(deployment.id(), deployment);
        }
        for (Replica.Stored it : stored.replicas()) {
            add(Replica.restored(it, now, now.plus(config.placeKept())));
        }
    }

    public Collection<NodeStatus> nodes() {
        return Collections.unmodifiableCollection(nodes.values());
    }

    public Optional<NodeStatus> node(NodeId id) {
        return Optional.ofNullable(nodes.get(id));
    }

    public Collection<Deployment> deployments() {
        return Collections.unmodifiableCollection(deployments.values());
    }

    public Optional<Deployment> deployment(DeploymentId id) {
        return Optional.ofNullable(deployments.get(id));
    }

    public Collection<Replica> replicas() {
        return Collections.unmodifiableCollection(replicas.values());
    }

    public Optional<Replica> replica(ReplicaId id) {
        return Optional.ofNullable(replicas.get(id));
    }

    /**
     * Those of a deployment, in the order of their ids; of one that is removed, those that still
     * finish.
     */
    public List<Replica> replicasOf(DeploymentId deployment) {
        return byDeployment.getOrDefault(deployment, Set.of()).stream().map(this::known).toList();
    }

    /** Those with a place on a node. */
    public List<Replica> replicasOn(NodeId node) {
        return byNode.getOrDefault(node, Set.of()).stream().map(this::known).toList();
    }

    /** What placement looks at. Not to be changed by who asks. */
    public Fleet fleet() {
        return fleet;
    }

    /** What is booked on a device. */
    public Bytes booked(DeviceId device) {
        return fleet.booked(device);
    }

    /** Why nothing is moved now though nodes are gone; empty when there is no doubt. */
    public Reason doubt() {
        return doubt;
    }

    /** Grows whenever there may be more room than before. */
    long capacityRevision() {
        return capacityRevision;
    }

    /** What kept replicas from places is over. */
    void reconsider() {
        capacityRevision++;
    }

    void put(NodeStatus node) {
        nodes.put(node.snapshot.id(), node);
        fleet.put(node.snapshot);
        capacityRevision++;
    }

    void change(NodeStatus node, NodeSnapshot changed) {
        node.snapshot = changed;
        fleet.put(changed);
        capacityRevision++;
    }

    void forget(NodeId node) {
        nodes.remove(node);
        fleet.remove(node);
    }

    void add(Replica replica) {
        replicas.put(replica.id(), replica);
        byDeployment
                .computeIfAbsent(replica.deployment(), key -> new TreeSet<>())
                .add(replica.id());
        book(replica);
    }

    void remove(Replica replica) {
        replicas.remove(replica.id());
        unplace(replica);
        fleet.free(replica.id());
        capacityRevision++;
        byDeployment.computeIfPresent(
                replica.deployment(),
                (key, ids) -> ids.remove(replica.id()) && ids.isEmpty() ? null : ids);
    }

    /** The replica stands on these stages now. */
    void move(Replica replica, List<Stage> stages) {
        boolean leaves = !replica.stages.isEmpty();
        unplace(replica);
        replica.stages = List.copyOf(stages);
        book(replica);
        capacityRevision += leaves ? 1 : 0;
    }

    private void book(Replica replica) {
        fleet.book(replica.id(), replica.spec, replica.assignments());
        replica.nodes()
                .forEach(node ->
                        byNode.computeIfAbsent(node, key -> new TreeSet<>()).add(replica.id()));
    }

    private void unplace(Replica replica) {
        for (NodeId node : replica.nodes()) {
            byNode.computeIfPresent(
                    node, (key, ids) -> ids.remove(replica.id()) && ids.isEmpty() ? null : ids);
        }
    }

    private Replica known(ReplicaId id) {
        Replica replica = replicas.get(id);
        if (replica == null) {
            throw new IllegalStateException("replica " + id + " is indexed and not there");
        }
        return replica;
    }

    /** Replaces a stage; its place stays. */
    void set(Replica replica, int index, Stage stage) {
        var changed = new ArrayList<>(replica.stages);
        changed.set(index, stage);
        replica.stages = List.copyOf(changed);
    }

    boolean isConnected(NodeId id) {
        NodeStatus node = nodes.get(id);
        return node != null && node.isConnected();
    }

    /** Whether it may come back before it is given up. */
    boolean isAwaited(NodeId id) {
        NodeStatus node = nodes.get(id);
        return node != null && !node.isConnected() && node.snapshot.state() != NodeState.LOST;
    }

    boolean isBroken(DeviceId id) {
        NodeStatus node = nodes.get(id.node());
        return node != null
                && node.snapshot.devices().stream()
                        .anyMatch(it -> it.name().equals(id.name()) && !it.healthy());
    }

    /** Whether a replica of it is as its deployment wants it. */
    boolean isCurrent(Replica replica) {
        Deployment deployment = deployments.get(replica.deployment());
        return deployment != null && replica.spec.runsTheSameAs(deployment.spec());
    }

    /** What the replica was made for, by what its deployment says of priority and rules now. */
    DeploymentSpec specOf(Replica replica) {
        Deployment deployment = deployments.get(replica.deployment());
        return deployment == null
                ? replica.spec
                : replica.spec.ruled(deployment.spec().priority(), deployment.spec().rules());
    }

    /**
     * What must hold of a replica between any two events.
     *
     * @throws IllegalStateException when it does not
     */
    void check(Replica replica) {
        boolean serving = replica.state() == ReplicaState.SERVING;
        if (serving && !replica.all(StagePhase.LOADED)) {
            throw new IllegalStateException(
                    "replica " + replica.id() + " serves without all of its stages");
        }
        boolean placed = !replica.stages().isEmpty();
        if (placed == (replica.state() == ReplicaState.WAITING)) {
            throw new IllegalStateException(
                    "replica %s is %s with %d stages"
                            .formatted(replica.id(), replica.state(), replica.stages().size()));
        }
        if (!placed && replica.reason.isEmpty() && replica.askedAtRevision >= 0) {
            throw new IllegalStateException(
                    "replica " + replica.id() + " waits and does not say why");
        }
    }
}
