package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.Reason.Code;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.reconcile.ClusterAction.CloseSession;
import assay.scheduler.core.reconcile.ClusterAction.Doubted;
import assay.scheduler.core.reconcile.ClusterAction.DutyChanged;
import assay.scheduler.core.reconcile.ClusterAction.ForgetNode;
import assay.scheduler.core.reconcile.ClusterAction.NodeChanged;
import assay.scheduler.core.reconcile.ClusterAction.Release;
import assay.scheduler.core.reconcile.ClusterAction.SaveNode;
import assay.scheduler.core.reconcile.ClusterEvent.DeviceTurned;
import assay.scheduler.core.reconcile.ClusterEvent.DutySet;
import assay.scheduler.core.reconcile.ClusterEvent.Heartbeat;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ClusterEvent.NodeLeft;
import assay.scheduler.core.reconcile.ClusterEvent.NodeMarked;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Takes nodes through the table of their life. A node that is away is suspected first and given up
 * later; when more than half of all vanish at once it is rather us who are cut off, and nothing is
 * given up before they return, an operator says so, or the bound of the doubt passes. Confined to
 * the control loop.
 */
final class NodeLife {
    private static final int FEWEST_VANISHED = 2;

    private final ReconcileConfig config;
    private final Cluster cluster;
    private final ReplicaLife life;
    private Optional<Instant> doubtsSince = Optional.empty();
    private boolean accepted;

    NodeLife(ReconcileConfig config, Cluster cluster, ReplicaLife life) {
        this.config = config;
        this.cluster = cluster;
        this.life = life;
    }

    void join(NodeJoined joined, Instant now, List<ClusterAction> actions) {
        NodeId id = joined.node().id();
        NodeStatus before = cluster.nodes.get(id);
        NodeSnapshot known = joined.node().in(NodeState.READY);
        Instant givenUpAt = now.plus(config.lostAfter());
        if (before == null) {
            cluster.put(new NodeStatus(known, joined.session(), now, givenUpAt));
            actions.add(
                    new NodeChanged(
                            id,
                            NodeState.LOST,
                            NodeEvent.JOINED,
                            NodeState.READY,
                            Reason.of(Code.NODE_NEW)));
        } else {
            turn(before, NodeEvent.JOINED, Reason.NONE, actions);
            before.session = joined.session();
            before.lastSeenAt = now;
            before.givenUpAt = givenUpAt;
            cluster.change(before, known.ruledAs(before.snapshot));
        }
        actions.add(new SaveNode(id));
        life.found(id, joined.held(), now, actions);
    }

    /** Its process may have ended, or only the connection: it gets a little time to say which. */
    void leave(NodeLeft left, Instant now, List<ClusterAction> actions) {
        NodeStatus node = cluster.nodes.get(left.node());
        if (node != null && node.isConnected() && node.session == left.session()) {
            node.session = 0;
            node.givenUpAt = earlier(node.givenUpAt, now.plus(config.nodes().returnGrace()));
            turn(node, NodeEvent.SESSION_BROKE, Reason.of(Code.SESSION_BROKE), actions);
        }
    }

    private static Instant earlier(Instant a, Instant b) {
        return a.isBefore(b) ? a : b;
    }

    void hear(Heartbeat heartbeat, Instant now, List<ClusterAction> actions) {
        NodeStatus node = cluster.nodes.get(heartbeat.node());
        if (node == null || !node.isConnected() || node.session != heartbeat.session()) {
            return;
        }
        node.lastSeenAt = now;
        node.givenUpAt = now.plus(config.lostAfter());
        turn(node, NodeEvent.HEARD, Reason.NONE, actions);
        var told = new HashSet<ReplicaId>();
        for (ReplicaUse use : heartbeat.uses()) {
            Replica replica = cluster.replicas.get(use.replica());
            if (replica == null) {
                // It was let go, and the word of that did not arrive.
                actions.add(new Release(heartbeat.node(), use.replica(), use.epoch()));
            } else if (isWordOf(replica, use) && hasHeadOn(replica, node)) {
                replica.hears(use, now);
                told.add(use.replica());
            }
        }
        for (Replica replica : cluster.replicasOn(heartbeat.node())) {
            boolean leaves = replica.state == ReplicaState.DRAINING;
            if (leaves && hasHeadOn(replica, node) && !told.contains(replica.id())) {
                replica.hears(nothing(replica), now);
            }
        }
    }

    private static boolean hasHeadOn(Replica replica, NodeStatus node) {
        return !replica.stages.isEmpty()
                && replica.stages.getFirst().node().equals(node.snapshot.id());
    }

    /** A head that its node does not know any more has no requests. */
    private static ReplicaUse nothing(Replica replica) {
        return new ReplicaUse(
                replica.id(), replica.epoch, replica.lastTokenAt, 0, 0, Duration.ZERO, 0);
    }

    /** A replica that leaves is not told of epochs any more: its head counts under an older one. */
    private static boolean isWordOf(Replica replica, ReplicaUse use) {
        return replica.epoch.equals(use.epoch())
                || (replica.state == ReplicaState.DRAINING
                        && use.epoch().compareTo(replica.epoch) < 0);
    }

    void turn(DeviceTurned turned, List<ClusterAction> actions) {
        NodeStatus node = cluster.nodes.get(turned.node());
        if (node == null || node.session != turned.session()) {
            return;
        }
        NodeSnapshot changed = node.snapshot.with(turned.device(), turned.healthy());
        if (!changed.equals(node.snapshot)) {
            cluster.change(node, changed);
            actions.add(new SaveNode(turned.node()));
        }
    }

    void set(DutySet duty, List<ClusterAction> actions) {
        NodeStatus node = cluster.nodes.get(duty.node());
        if (node == null) {
            return;
        }
        var before = node.snapshot.duty();
        node.dutyReason = duty.reason();
        node.drainBound = duty.drainBound();
        cluster.change(
                node,
                node.snapshot.ruled(duty.duty(), node.snapshot.labels(), node.snapshot.taints()));
        actions.add(new SaveNode(duty.node()));
        actions.add(
                new DutyChanged(
                        duty.node(),
                        before.name(),
                        duty.duty().name(),
                        Reason.said(duty.reason())));
    }

    void mark(NodeMarked marked, List<ClusterAction> actions) {
        NodeStatus node = cluster.nodes.get(marked.node());
        if (node != null) {
            cluster.change(
                    node,
                    node.snapshot.ruled(node.snapshot.duty(), marked.labels(), marked.taints()));
            actions.add(new SaveNode(marked.node()));
        }
    }

    void forget(NodeId id, List<ClusterAction> actions) {
        NodeStatus node = cluster.nodes.get(id);
        if (node != null
                && node.snapshot.state() == NodeState.LOST
                && cluster.replicasOn(id).isEmpty()) {
            cluster.forget(id);
            actions.add(new ForgetNode(id));
        }
    }

    /** An operator is sure where we are not. */
    void acceptLoss(Instant now, List<ClusterAction> actions) {
        accepted = doubtsSince.isPresent();
        watch(now, actions);
    }

    /** Time went by. */
    void watch(Instant now, List<ClusterAction> actions) {
        int known = 0;
        int vanished = 0;
        var due = new ArrayList<NodeStatus>();
        for (NodeStatus node : cluster.nodes.values()) {
            if (node.snapshot.state() == NodeState.LOST) {
                continue;
            }
            known++;
            boolean silent =
                    Duration.between(node.lastSeenAt, now).compareTo(config.suspectAfter()) >= 0;
            if (node.isConnected() && silent && node.snapshot.state() == NodeState.READY) {
                turn(node, NodeEvent.SILENT, Reason.of(Code.NODE_SILENT), actions);
            }
            if (!node.isConnected() || silent) {
                vanished++;
            }
            if (!now.isBefore(node.givenUpAt)) {
                due.add(node);
            }
        }
        doubt(known, vanished, !due.isEmpty(), now, actions);
        if (cluster.doubt.isEmpty()) {
            due.forEach(node -> giveUp(node, now, actions));
            if (vanished == due.size()) {
                accepted = false;
            }
        }
    }

    private void doubt(
            int known, int vanished, boolean due, Instant now, List<ClusterAction> actions) {
        boolean mass = vanished >= FEWEST_VANISHED && 2 * vanished > known;
        Reason doubt = Reason.NONE;
        if (mass && (due || doubtsSince.isPresent()) && !accepted) {
            Instant since = doubtsSince.orElse(now);
            doubtsSince = Optional.of(since);
            if (now.isBefore(since.plus(config.nodes().doubtBound()))) {
                doubt = Reason.of(Code.DOUBT, vanished, known);
            } else {
                accepted = true;
            }
        }
        if (doubt.isEmpty()) {
            doubtsSince = Optional.empty();
        }
        if (!doubt.equals(cluster.doubt)) {
            cluster.doubt = doubt;
            actions.add(new Doubted(doubt));
        }
    }

    private void giveUp(NodeStatus node, Instant now, List<ClusterAction> actions) {
        NodeId id = node.snapshot.id();
        Reason reason =
                Reason.of(Code.NODE_AWAY, Duration.between(node.lastSeenAt, now).toSeconds());
        if (node.isConnected()) {
            actions.add(new CloseSession(id, node.session, reason.inWords()));
            node.session = 0;
            turn(node, NodeEvent.SESSION_BROKE, reason, actions);
        }
        turn(node, NodeEvent.GIVEN_UP, reason, actions);
        life.nodeGone(id, reason, now, actions);
    }

    private void turn(
            NodeStatus node, NodeEvent event, Reason reason, List<ClusterAction> actions) {
        NodeState from = node.snapshot.state();
        NodeState to = NodeTable.next(from, event);
        if (from != to) {
            cluster.change(node, node.snapshot.in(to));
            actions.add(new SaveNode(node.snapshot.id()));
            actions.add(new NodeChanged(node.snapshot.id(), from, event, to, reason));
        }
    }
}
