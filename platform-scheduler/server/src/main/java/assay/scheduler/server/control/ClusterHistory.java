package assay.scheduler.server.control;

import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.reconcile.Cluster;
import assay.scheduler.core.reconcile.ClusterAction.Changed;
import assay.scheduler.core.reconcile.ClusterAction.Doubted;
import assay.scheduler.core.reconcile.ClusterAction.DutyChanged;
import assay.scheduler.core.reconcile.ClusterAction.MakingRoom;
import assay.scheduler.core.reconcile.ClusterAction.NodeChanged;
import assay.scheduler.core.reconcile.ClusterAction.Scaled;
import assay.scheduler.core.reconcile.Replica;
import assay.scheduler.core.reconcile.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what became of replicas, nodes and deployments: to the log, to the metrics, and to the
 * history and the audit in the database. Confined to the control loop.
 */
final class ClusterHistory {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterHistory.class);
    private static final Duration PRUNED_EVERY = Duration.ofHours(1);

    private final Cluster cluster;
    private final StoreQueue store;
    private final ClusterRows rows;
    private final ClusterMeters meters;
    private long events;
    private Instant prunedAt = Instant.MIN;

    ClusterHistory(Cluster cluster, StoreQueue store, ClusterRows rows, ClusterMeters meters) {
        this.cluster = cluster;
        this.store = store;
        this.rows = rows;
        this.meters = meters;
    }

    void tell(Changed turn, Instant now) {
        meters.changed(turn);
        if (turn.from() == turn.to() && turn.moved().isEmpty()) {
            return;
        }
        LOG.info(
                "replica {} epoch {}: {} -> {} by {} {}",
                turn.replica(),
                turn.epoch(),
                turn.from(),
                turn.to(),
                turn.event(),
                turn.reason().inWords());
        List<Happening.Place> places =
                cluster.replica(turn.replica())
                        .map(it -> places(it, turn.moved()))
                        .orElse(List.of());
        keep(
                new Happening(
                        now,
                        "replica",
                        Optional.of(turn.replica()),
                        Optional.of(turn.deployment()),
                        Optional.empty(),
                        turn.epoch().value(),
                        turn.event().name(),
                        turn.from().name(),
                        turn.to().name(),
                        turn.reason(),
                        places));
    }

    private List<Happening.Place> places(Replica replica, Set<Integer> moved) {
        return replica.stages().stream()
                .map(Stage::assignment)
                .map(stage ->
                        new Happening.Place(
                                stage.index(),
                                stage.device().node().toString(),
                                name(stage.device().node()),
                                stage.device().name(),
                                stage.layers().first(),
                                stage.layers().end(),
                                moved.contains(stage.index())))
                .toList();
    }

    void tell(NodeChanged turn, Instant now) {
        LOG.info(
                "node {}: {} -> {} by {} {}",
                turn.node(),
                turn.from(),
                turn.to(),
                turn.event(),
                turn.reason().inWords());
        if (turn.from() == NodeState.LOST || turn.to() == NodeState.LOST) {
            meters.node(turn);
        }
        ofNode(
                turn.node(),
                turn.event().name(),
                turn.from().name(),
                turn.to().name(),
                turn.reason(),
                now);
    }

    void tell(DutyChanged turn, Instant now) {
        LOG.info(
                "node {}: {} -> {} {}",
                turn.node(),
                turn.from(),
                turn.to(),
                turn.reason().inWords());
        ofNode(turn.node(), "DUTY_SET", turn.from(), turn.to(), turn.reason(), now);
    }

    private void ofNode(
            NodeId node, String event, String from, String to, Reason reason, Instant now) {
        keep(
                new Happening(
                        now,
                        "node",
                        Optional.<ReplicaId>empty(),
                        Optional.empty(),
                        Optional.of(node),
                        0,
                        event,
                        from,
                        to,
                        reason,
                        List.of()));
    }

    void tell(Scaled turn, Instant now) {
        LOG.info(
                "deployment {} wants {} replicas instead of {}: {}",
                turn.deployment(),
                turn.to(),
                turn.from(),
                turn.reason().inWords());
        meters.scaled();
        keep(
                new Happening(
                        now,
                        "deployment",
                        Optional.empty(),
                        Optional.of(turn.deployment()),
                        Optional.empty(),
                        0,
                        "SCALED",
                        String.valueOf(turn.from()),
                        String.valueOf(turn.to()),
                        turn.reason(),
                        List.of()));
    }

    void tell(MakingRoom room, Instant now) {
        LOG.info(
                "room for replica {} of {}: {} {}",
                room.replica(),
                room.deployment(),
                room.step(),
                room.reason().inWords());
        meters.makesRoom(room.step());
        keep(
                new Happening(
                        now,
                        "replica",
                        Optional.of(room.replica()),
                        Optional.of(room.deployment()),
                        Optional.empty(),
                        room.epoch().value(),
                        "ROOM_" + room.step().name(),
                        room.state().name(),
                        room.state().name(),
                        room.reason(),
                        List.of()));
    }

    void tell(Doubted doubted) {
        if (doubted.doubt().isEmpty()) {
            LOG.info("the doubt is over");
        } else {
            LOG.error("{}", doubted.doubt().inWords());
        }
        meters.doubts(!doubted.doubt().isEmpty());
    }

    /** A deployment is wanted so from now on. */
    void applied(String deployment, int replicas, Instant now) {
        LOG.info("deployment {} is applied", deployment);
        keep(rows.audit().deployment(now, "apply", deployment, replicas));
    }

    void removed(String deployment, Instant now) {
        LOG.info("deployment {} is removed", deployment);
        keep(rows.audit().deployment(now, "remove", deployment, 0));
    }

    /** An agent tells what happened to one of its devices. */
    void fault(NodeId node, String code, Map<String, String> fields, Instant now) {
        keep(rows.audit().fault(now, node, code, fields));
    }

    /** Takes away what is too old, now and then. */
    void prune(Instant now) {
        if (!now.isBefore(prunedAt.equals(Instant.MIN) ? now : prunedAt.plus(PRUNED_EVERY))) {
            prunedAt = now;
            store.put(new StoreQueue.Key(StoreQueue.Kind.EVENT, "prune"), rows.pruneEvents(now));
        }
    }

    private void keep(Happening event) {
        keep(rows.save(event));
    }

    private void keep(Runnable statements) {
        events++;
        store.put(new StoreQueue.Key(StoreQueue.Kind.EVENT, events), statements);
    }

    private String name(NodeId node) {
        return cluster.node(node).map(it -> it.snapshot().name()).orElse("");
    }
}
