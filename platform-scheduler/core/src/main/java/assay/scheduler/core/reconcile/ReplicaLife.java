package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementDecision.Refused;
import assay.scheduler.core.cluster.PlacementDecision.Waiting;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.placement.Placement;
import assay.scheduler.core.placement.Placement.Spread;
import assay.scheduler.core.placement.Wish;
import assay.scheduler.core.reconcile.ClusterAction.Assign;
import assay.scheduler.core.reconcile.ClusterAction.Changed;
import assay.scheduler.core.reconcile.ClusterAction.ForgetReplica;
import assay.scheduler.core.reconcile.ClusterAction.Probe;
import assay.scheduler.core.reconcile.ClusterAction.PublishRoutes;
import assay.scheduler.core.reconcile.ClusterAction.Release;
import assay.scheduler.core.reconcile.ClusterAction.SaveReplica;
import assay.scheduler.core.reconcile.ClusterEvent.HeldStage;
import assay.scheduler.core.reconcile.ClusterEvent.ProbeReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageReported;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Takes replicas through the table of their life. Confined to the control loop. */
final class ReplicaLife {
    private final ReconcileConfig config;
    private final Cluster cluster;
    private final Placement placement;

    ReplicaLife(ReconcileConfig config, Cluster cluster, Placement placement) {
        this.config = config;
        this.cluster = cluster;
        this.placement = placement;
    }

    /** A node came back and holds a stage of ours, of this epoch or an older one. */
    void found(Replica replica, NodeId node, HeldStage held, Instant now) {
        if (!replica.adoptable
                || !held.epoch().equals(replica.epoch)
                || held.index() >= replica.stages.size()) {
            return;
        }
        Stage stage = replica.stages.get(held.index());
        if (stage.node().equals(node) && stage.assignment().layers().equals(held.layers())) {
            replica.set(held.index(), stage.in(held.phase(), now));
        }
    }

    void report(StageReported report, Instant now, List<ClusterAction> actions) {
        Replica replica = cluster.replicas.get(report.replica());
        if (replica == null
                || !replica.epoch.equals(report.epoch())
                || report.index() < 0
                || report.index() >= replica.stages.size()) {
            return;
        }
        Stage stage = replica.stages.get(report.index());
        if (!stage.node().equals(report.node()) || stage.phase() == StagePhase.LOST) {
            return;
        }
        if (report.phase() == StagePhase.FAILED) {
            if (stage.phase() != StagePhase.FAILED) {
                replica.set(report.index(), stage.in(StagePhase.FAILED, now));
                fail(replica, ReplicaEvent.STAGE_FAILED, report.detail(), now, actions);
            }
        } else if (replica.state == ReplicaState.LOADING && stage.phase() != StagePhase.LOADED) {
            replica.set(
                    report.index(),
                    stage.fetched(report.phase(), report.fetchedBytes(), report.totalBytes(), now));
        }
    }

    void report(ProbeReported report, Instant now, List<ClusterAction> actions) {
        Replica replica = cluster.replicas.get(report.replica());
        if (replica == null || !replica.epoch.equals(report.epoch())) {
            return;
        }
        if (replica.state != ReplicaState.PROBING && replica.state != ReplicaState.SERVING) {
            return;
        }
        replica.probesUnanswered = 0;
        if (!report.passed()) {
            fail(replica, ReplicaEvent.PROBE_FAILED, report.detail(), now, actions);
            return;
        }
        boolean fresh = replica.state == ReplicaState.PROBING;
        replica.lastTokenAt = now;
        replica.failures = 0;
        turn(replica, ReplicaEvent.PROBE_PASSED, "", actions);
        if (fresh) {
            actions.add(new SaveReplica(replica.id()));
            actions.add(new PublishRoutes());
        }
    }

    /** What ran on a node is gone. */
    void nodeGone(NodeId node, String reason, Instant now, List<ClusterAction> actions) {
        for (Replica replica : cluster.replicas.values()) {
            if (!replica.isOn(node)) {
                continue;
            }
            replica.setOn(node, stage -> stage.in(StagePhase.LOST, now));
            replica.adoptable = false;
            if (replica.state != ReplicaState.BROKEN) {
                replica.placeKeptUntil = now.plus(config.placeKept());
            }
            breakOff(replica, ReplicaEvent.NODE_GONE, reason, actions);
        }
    }

    private void fail(
            Replica replica,
            ReplicaEvent event,
            String detail,
            Instant now,
            List<ClusterAction> actions) {
        replica.failures++;
        replica.retryAt = now.plus(config.retryAfter(replica.failures));
        if (replica.state != ReplicaState.BROKEN) {
            replica.placeKeptUntil = now.plus(config.placeKept());
        }
        breakOff(replica, event, detail, actions);
    }

    private void breakOff(
            Replica replica, ReplicaEvent event, String reason, List<ClusterAction> actions) {
        if (replica.state == ReplicaState.SERVING) {
            actions.add(new PublishRoutes());
        }
        turn(replica, event, reason, actions);
        actions.add(new SaveReplica(replica.id()));
    }

    private void turn(
            Replica replica, ReplicaEvent event, String reason, List<ClusterAction> actions) {
        ReplicaState from = replica.state;
        replica.state = ReplicaTable.next(from, event);
        replica.reason = reason;
        actions.add(new Changed(replica.id(), replica.epoch, from, event, replica.state, reason));
    }

    /** Does what is due for one replica. */
    void advance(Replica replica, Instant now, List<ClusterAction> actions) {
        switch (replica.state) {
            case WAITING -> place(replica, Set.of(), now, actions);
            case LOADING -> advanceLoading(replica, now, actions);
            case PROBING -> probeAgain(replica, now, actions);
            case SERVING -> {
                boolean asked = replica.probesUnanswered > 0;
                if (asked) {
                    probeAgain(replica, now, actions);
                } else if (!now.isBefore(replica.lastTokenAt.plus(config.probeIdle()))) {
                    probe(replica, now, actions);
                }
            }
            case BROKEN -> mend(replica, now, actions);
        }
    }

    private void advanceLoading(Replica replica, Instant now, List<ClusterAction> actions) {
        if (replica.all(StagePhase.LOADED)) {
            turn(replica, ReplicaEvent.ALL_LOADED, "", actions);
            actions.add(new SaveReplica(replica.id()));
            replica.probesUnanswered = 0;
            probe(replica, now, actions);
            return;
        }
        for (int index = 0; index < replica.stages.size(); index++) {
            Stage stage = replica.stages.get(index);
            boolean silent = !now.isBefore(stage.heardAt().plus(config.resendAfter()));
            if (silent && stage.phase() != StagePhase.LOADED) {
                replica.set(index, stage.in(stage.phase(), now));
                actions.add(new Assign(replica.id(), replica.epoch, index));
            }
        }
    }

    private void probe(Replica replica, Instant now, List<ClusterAction> actions) {
        replica.probedAt = now;
        replica.probesUnanswered++;
        actions.add(new Probe(replica.stages.getFirst().node(), replica.id(), replica.epoch));
    }

    private void probeAgain(Replica replica, Instant now, List<ClusterAction> actions) {
        if (replica.lastTokenAt.isAfter(replica.probedAt)
                && replica.state == ReplicaState.SERVING) {
            replica.probesUnanswered = 0;
        } else if (!now.isBefore(replica.probedAt.plus(config.probeTimeout()))) {
            if (replica.probesUnanswered >= config.probeAttempts()) {
                replica.probesUnanswered = 0;
                String reason = "no token came through within " + config.probeTimeout();
                fail(replica, ReplicaEvent.PROBE_FAILED, reason, now, actions);
            } else {
                probe(replica, now, actions);
            }
        }
    }

    private void mend(Replica replica, Instant now, List<ClusterAction> actions) {
        if (!cluster.allConnected(replica)) {
            if (!now.isBefore(replica.placeKeptUntil)) {
                place(replica, Set.of(), now, actions);
            }
            return;
        }
        boolean running =
                replica.stages.stream()
                        .allMatch(stage ->
                                stage.phase() == StagePhase.FETCHING
                                        || stage.phase() == StagePhase.LOADING
                                        || stage.phase() == StagePhase.LOADED);
        if (replica.adoptable && running) {
            replica.adoptable = false;
            turn(replica, ReplicaEvent.ADOPTED, "", actions);
            advanceLoading(replica, now, actions);
        } else if (!now.isBefore(replica.retryAt)) {
            Set<NodeId> failed =
                    replica.stages.stream()
                            .filter(stage -> stage.phase() == StagePhase.FAILED)
                            .map(Stage::node)
                            .collect(Collectors.toSet());
            if (cluster.standsOnBroken(replica)) {
                place(replica, Set.of(), now, actions); // never again where it would fail again
                return;
            }
            boolean moved =
                    replica.failures >= config.moveAfterFailures()
                            && place(replica, failed, now, actions);
            if (!moved) {
                start(replica, replica.assignments(), ReplicaEvent.RENEWED, now, actions);
            }
        }
    }

    /** Whether a place was found. What it held itself counts as free: it is given back then. */
    private boolean place(
            Replica replica, Set<NodeId> avoided, Instant now, List<ClusterAction> actions) {
        DeploymentSpec spec = cluster.deployments.get(replica.deployment());
        if (spec == null) {
            throw new IllegalStateException("replica " + replica.id() + " has no deployment");
        }
        boolean patient =
                replica.state == ReplicaState.WAITING
                        && now.isBefore(replica.waitsSince.plus(config.spreadPatience()));
        Spread spread = patient ? Spread.APART : Spread.APART_IF_POSSIBLE;
        var wish = new Wish(spec, replica.id()).spread(spread).avoiding(avoided);
        PlacementDecision decision = placement.place(wish, cluster.fleet);
        return switch (decision) {
            case Placed placed -> {
                start(replica, placed.stages(), ReplicaEvent.PLACED, now, actions);
                yield true;
            }
            case Waiting waiting -> explain(replica, waiting.inWords(), actions);
            case Refused refused -> explain(replica, refused.detail(), actions);
        };
    }

    private static boolean explain(Replica replica, String reason, List<ClusterAction> actions) {
        if (!replica.reason.equals(reason)) {
            replica.reason = reason;
            actions.add(new SaveReplica(replica.id()));
        }
        return false;
    }

    /** A new epoch with these stages: stored first, then told. */
    private void start(
            Replica replica,
            List<StageAssignment> stages,
            ReplicaEvent event,
            Instant now,
            List<ClusterAction> actions) {
        List<Stage> before = replica.stages;
        Epoch old = replica.epoch;
        replica.epoch = old.next();
        replica.adoptable = false;
        replica.probesUnanswered = 0;
        replica.placeKeptUntil = Instant.MAX;
        replica.stages = stages.stream().map(stage -> Stage.assigned(stage, now)).toList();
        cluster.book(replica);
        turn(replica, event, "", actions);
        actions.add(new SaveReplica(replica.id()));
        before.stream()
                .map(Stage::node)
                .distinct()
                .filter(node -> !replica.isOn(node) && cluster.isConnected(node))
                .forEach(node -> actions.add(new Release(node, replica.id(), old)));
        for (int index = 0; index < stages.size(); index++) {
            actions.add(new Assign(replica.id(), replica.epoch, index));
        }
    }

    /** The replica is no longer wanted. */
    void end(Replica replica, List<ClusterAction> actions) {
        cluster.replicas.remove(replica.id());
        cluster.fleet.free(replica.id());
        if (replica.state == ReplicaState.SERVING) {
            actions.add(new PublishRoutes());
        }
        actions.add(new ForgetReplica(replica.id()));
        replica.stages.stream()
                .map(Stage::node)
                .distinct()
                .filter(cluster::isConnected)
                .forEach(node -> actions.add(new Release(node, replica.id(), replica.epoch)));
    }
}
