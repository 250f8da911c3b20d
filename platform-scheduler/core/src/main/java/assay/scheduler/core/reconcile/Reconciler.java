package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.placement.Placement;
import assay.scheduler.core.reconcile.ClusterAction.CloseSession;
import assay.scheduler.core.reconcile.ClusterAction.Release;
import assay.scheduler.core.reconcile.ClusterAction.SaveNode;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentApplied;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentRemoved;
import assay.scheduler.core.reconcile.ClusterEvent.DeviceTurned;
import assay.scheduler.core.reconcile.ClusterEvent.Heartbeat;
import assay.scheduler.core.reconcile.ClusterEvent.HeldStage;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ClusterEvent.NodeLeft;
import assay.scheduler.core.reconcile.ClusterEvent.ProbeReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageReported;
import assay.scheduler.core.reconcile.ClusterEvent.Tick;
import assay.scheduler.core.reconcile.ClusterEvent.TokenSeen;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/**
 * Goals: every deployment has as many serving replicas as it wants; a route never leads to a chain
 * that is not whole; what runs well is left alone.
 *
 * <p>Hard constraints: a replica's epoch only grows, and grows before its chain changes; nothing is
 * placed beyond a device's capacity; a node is told only over its newest session.
 *
 * <p>Algorithm: an event changes what is known, then every replica is looked at once. Confined to
 * the control loop.
 */
public final class Reconciler {
    private final ReconcileConfig config;
    private final Cluster cluster;
    private final Supplier<ReplicaId> newIds;
    private final ReplicaLife life;

    public Reconciler(
            ReconcileConfig config,
            Cluster cluster,
            Placement placement,
            Supplier<ReplicaId> newIds) {
        this.config = config;
        this.cluster = cluster;
        this.newIds = newIds;
        life = new ReplicaLife(config, cluster, placement);
    }

    /**
     * Takes in an event.
     *
     * @param now never before an earlier event's
     * @return what must be done, in this order
     * @throws IllegalStateException when an invariant is broken: nothing may be trusted after that
     */
    public List<ClusterAction> on(ClusterEvent event, Instant now) {
        var actions = new ArrayList<ClusterAction>();
        switch (event) {
            case NodeJoined joined -> join(joined, now, actions);
            case NodeLeft left -> leave(left, now, actions);
            case Heartbeat heartbeat -> hear(heartbeat, now, actions);
            case DeviceTurned turned -> turn(turned, actions);
            case StageReported report -> life.report(report, now, actions);
            case ProbeReported report -> life.report(report, now, actions);
            case DeploymentApplied applied -> apply(applied.spec(), now, actions);
            case DeploymentRemoved removed -> remove(removed.deployment(), actions);
            case Tick tick -> watchNodes(now, actions);
        }
        if (!(event instanceof Heartbeat)) {
            for (Replica replica : List.copyOf(cluster.replicas.values())) {
                life.advance(replica, now, actions);
            }
            cluster.check();
        }
        return List.copyOf(actions);
    }

    private void join(NodeJoined joined, Instant now, List<ClusterAction> actions) {
        NodeId id = joined.node().id();
        if (cluster.isConnected(id)) {
            life.nodeGone(id, "its node opened a new session", now, actions);
        }
        NodeStatus before = cluster.nodes.get(id);
        NodeSnapshot known = joined.node().in(NodeState.READY);
        cluster.put(
                new NodeStatus(
                        before == null ? known : known.ruledAs(before.snapshot),
                        joined.session(),
                        now));
        actions.add(new SaveNode(id));
        for (HeldStage held : joined.held()) {
            Replica replica = cluster.replicas.get(held.replica());
            if (replica == null || !replica.isOn(id) || held.epoch().compareTo(replica.epoch) > 0) {
                actions.add(new Release(id, held.replica(), held.epoch()));
            } else {
                life.found(replica, id, held, now);
            }
        }
    }

    private void leave(NodeLeft left, Instant now, List<ClusterAction> actions) {
        NodeStatus node = cluster.nodes.get(left.node());
        if (node != null && node.isConnected() && node.session == left.session()) {
            disconnect(node, NodeState.SUSPECT, "the session of its node broke", now, actions);
        }
    }

    private void disconnect(
            NodeStatus node,
            NodeState state,
            String reason,
            Instant now,
            List<ClusterAction> actions) {
        node.session = 0;
        life.nodeGone(node.snapshot.id(), reason, now, actions);
        turn(node, state, actions);
    }

    private void hear(Heartbeat heartbeat, Instant now, List<ClusterAction> actions) {
        NodeStatus node = cluster.nodes.get(heartbeat.node());
        if (node == null || !node.isConnected() || node.session != heartbeat.session()) {
            return;
        }
        node.lastSeenAt = now;
        turn(node, NodeState.READY, actions);
        for (TokenSeen seen : heartbeat.tokens()) {
            Replica replica = cluster.replicas.get(seen.replica());
            if (replica != null
                    && replica.epoch.equals(seen.epoch())
                    && seen.at().isAfter(replica.lastTokenAt)) {
                replica.lastTokenAt = seen.at();
            }
        }
    }

    private void turn(DeviceTurned turned, List<ClusterAction> actions) {
        NodeStatus node = cluster.nodes.get(turned.node());
        if (node == null || node.session != turned.session()) {
            return;
        }
        NodeSnapshot changed = node.snapshot.with(turned.device(), turned.healthy());
        if (!changed.equals(node.snapshot)) {
            node.snapshot = changed;
            cluster.put(node);
            actions.add(new SaveNode(turned.node()));
        }
    }

    private void watchNodes(Instant now, List<ClusterAction> actions) {
        for (NodeStatus node : cluster.nodes.values()) {
            Duration silent = Duration.between(node.lastSeenAt, now);
            if (silent.compareTo(config.lostAfter()) >= 0) {
                if (node.isConnected()) {
                    String reason = "its node was silent for " + silent.toSeconds() + " s";
                    actions.add(new CloseSession(node.snapshot.id(), node.session, reason));
                    disconnect(node, NodeState.LOST, reason, now, actions);
                } else {
                    turn(node, NodeState.LOST, actions);
                }
            } else if (silent.compareTo(config.suspectAfter()) >= 0) {
                turn(node, NodeState.SUSPECT, actions);
            }
        }
    }

    private void turn(NodeStatus node, NodeState state, List<ClusterAction> actions) {
        if (node.snapshot.state() != state) {
            node.snapshot = node.snapshot.in(state);
            cluster.put(node);
            actions.add(new SaveNode(node.snapshot.id()));
        }
    }

    /**
     * Brings the number of replicas to what is wanted. Replicas of a changed deployment are
     * replaced at once: there may be no room for both.
     */
    private void apply(DeploymentSpec spec, Instant now, List<ClusterAction> actions) {
        DeploymentSpec before = cluster.deployments.put(spec.id(), spec);
        if (before != null && !before.runsTheSameAs(spec)) {
            replicasOf(spec.id()).forEach(replica -> life.end(replica, actions));
        }
        List<Replica> mine = replicasOf(spec.id());
        for (int extra = spec.replicas(); extra < mine.size(); extra++) {
            life.end(mine.get(extra), actions);
        }
        for (int missing = mine.size(); missing < spec.replicas(); missing++) {
            var replica = new Replica(newIds.get(), spec.id(), now);
            cluster.replicas.put(replica.id(), replica);
            actions.add(new ClusterAction.SaveReplica(replica.id()));
        }
    }

    private void remove(DeploymentId deployment, List<ClusterAction> actions) {
        if (cluster.deployments.remove(deployment) != null) {
            replicasOf(deployment).forEach(replica -> life.end(replica, actions));
        }
    }

    /** Those that serve come first. */
    private List<Replica> replicasOf(DeploymentId deployment) {
        return cluster.replicas.values().stream()
                .filter(replica -> replica.deployment().equals(deployment))
                .sorted(Comparator.comparing(replica -> replica.state() != ReplicaState.SERVING))
                .toList();
    }
}
