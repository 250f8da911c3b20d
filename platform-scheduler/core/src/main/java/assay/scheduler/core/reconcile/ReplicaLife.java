package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.Reason.Code;
import assay.scheduler.core.cluster.StageAssignment;
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
import assay.scheduler.core.reconcile.ClusterEvent.StageSilent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Takes replicas through the table of their life; where they go is decided in {@link Places}.
 * Confined to the control loop.
 */
final class ReplicaLife {
    private final ReconcileConfig config;
    private final Cluster cluster;

    ReplicaLife(ReconcileConfig config, Cluster cluster) {
        this.config = config;
        this.cluster = cluster;
    }

    // ---------------------------------------------------------------- what nodes say

    /**
     * A node is here, with all that it holds. What we thought of its stages is checked against it:
     * messages were lost with the session before, and its process may be another.
     */
    void found(NodeId node, List<HeldStage> held, Instant now, List<ClusterAction> actions) {
        for (HeldStage stage : held) {
            Replica replica = cluster.replicas.get(stage.replica());
            boolean ours =
                    replica != null
                            && replica.isOn(node)
                            && stage.epoch().compareTo(replica.epoch) <= 0;
            if (!ours) {
                actions.add(new Release(node, stage.replica(), stage.epoch()));
            }
        }
        for (Replica replica : cluster.replicasOn(node)) {
            boolean gone = false;
            for (int index = 0; index < replica.stages.size(); index++) {
                if (replica.stages.get(index).node().equals(node)) {
                    gone |= !compare(replica, index, held, now);
                }
            }
            if (gone && replica.state == ReplicaState.DRAINING) {
                dismiss(replica, Reason.of(Code.CAME_BACK_WITHOUT), actions);
            } else if (gone) {
                breakOff(
                        replica,
                        ReplicaEvent.NODE_GONE,
                        Reason.of(Code.CAME_BACK_WITHOUT),
                        now,
                        actions);
            }
        }
    }

    /** Whether the stage is where we thought; where it was never heard of, it is told again. */
    private boolean compare(Replica replica, int index, List<HeldStage> held, Instant now) {
        Stage stage = replica.stages.get(index);
        Optional<HeldStage> same =
                held.stream()
                        .filter(it ->
                                it.replica().equals(replica.id())
                                        && it.epoch().equals(replica.epoch)
                                        && it.index() == index
                                        && it.layers().equals(stage.assignment().layers()))
                        .findFirst();
        return switch (stage.phase()) {
            case LOST -> {
                if (replica.adoptable && same.isPresent()) {
                    cluster.set(replica, index, stage.in(same.get().phase(), now));
                }
                yield true;
            }
            case FAILED -> true;
            case ASSIGNED, FETCHING, LOADING -> {
                StagePhase phase = same.map(HeldStage::phase).orElse(StagePhase.ASSIGNED);
                Instant heard = same.isPresent() ? now : Instant.MIN;
                cluster.set(replica, index, stage.in(phase, heard));
                yield true;
            }
            case LOADED -> {
                boolean loaded = same.filter(it -> it.phase() == StagePhase.LOADED).isPresent();
                if (!loaded) {
                    cluster.set(replica, index, stage.in(StagePhase.LOST, now));
                }
                yield loaded;
            }
        };
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
                cluster.set(replica, report.index(), stage.in(StagePhase.FAILED, now));
                fail(
                        replica,
                        ReplicaEvent.STAGE_FAILED,
                        Reason.said(report.detail()),
                        now,
                        actions);
            }
        } else if (replica.state == ReplicaState.LOADING && stage.phase() != StagePhase.LOADED) {
            if (report.phase() != stage.phase() || report.fetchedBytes() > stage.fetchedBytes()) {
                replica.leaseEndsAt = now.plus(config.moves().reservation());
            }
            if (report.phase() == StagePhase.LOADED) {
                cluster.fleet.measured(replica.spec, stage.assignment(), report.resident());
            }
            cluster.set(
                    replica,
                    report.index(),
                    stage.fetched(report.phase(), report.fetchedBytes(), report.totalBytes(), now));
        }
    }

    /**
     * A stage that answers no steps counts as dead, though its node may beat: at once where its
     * session broke too, else when it has been silent for as long as makes a node suspect. What
     * drains without it can finish nothing: its requests go to another head.
     */
    void report(StageSilent report, Instant now, List<ClusterAction> actions) {
        Replica replica = cluster.replicas.get(report.replica());
        if (replica == null
                || !replica.epoch.equals(report.epoch())
                || (replica.state != ReplicaState.SERVING
                        && replica.state != ReplicaState.PROBING
                        && replica.state != ReplicaState.DRAINING)
                || !replica.stages.getFirst().node().equals(report.head())) {
            return;
        }
        boolean known = report.index() > 0 && report.index() < replica.stages.size();
        if (!known) {
            if (report.lostFor().compareTo(config.lostAfter()) >= 0) {
                fail(
                        replica,
                        ReplicaEvent.PROBE_FAILED,
                        Reason.said(report.detail()),
                        now,
                        actions);
            }
            return;
        }
        Stage stage = replica.stages.get(report.index());
        boolean away = !cluster.isConnected(stage.node());
        boolean silent = report.lostFor().compareTo(config.suspectAfter()) >= 0;
        if (away ? cluster.doubt.isEmpty() : silent) {
            cluster.set(replica, report.index(), stage.in(StagePhase.FAILED, now));
            replica.avoided.put(stage.node(), now.plus(config.moves().avoided()));
            fail(replica, ReplicaEvent.STAGE_FAILED, Reason.said(report.detail()), now, actions);
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
            fail(replica, ReplicaEvent.PROBE_FAILED, Reason.said(report.detail()), now, actions);
            return;
        }
        boolean fresh = replica.state == ReplicaState.PROBING;
        replica.lastTokenAt = now;
        replica.failures = 0;
        turn(replica, ReplicaEvent.PROBE_PASSED, Reason.NONE, Set.of(), now, actions);
        if (fresh) {
            replica.isOurs();
            replica.routedUntil = Instant.MIN;
            replica.avoided.clear();
            actions.add(new SaveReplica(replica.id()));
            actions.add(new PublishRoutes());
        }
    }

    /** What ran on a node is gone. */
    void nodeGone(NodeId node, Reason reason, Instant now, List<ClusterAction> actions) {
        for (Replica replica : cluster.replicasOn(node)) {
            for (int index = 0; index < replica.stages.size(); index++) {
                Stage stage = replica.stages.get(index);
                if (stage.node().equals(node)) {
                    cluster.set(replica, index, stage.in(StagePhase.LOST, now));
                }
            }
            if (replica.state == ReplicaState.DRAINING) {
                dismiss(replica, reason, actions);
            } else {
                breakOff(replica, ReplicaEvent.NODE_GONE, reason, now, actions);
            }
        }
    }

    // ---------------------------------------------------------------- turns

    void fail(
            Replica replica,
            ReplicaEvent event,
            Reason detail,
            Instant now,
            List<ClusterAction> actions) {
        if (replica.state == ReplicaState.DRAINING) {
            dismiss(replica, detail, actions);
            return;
        }
        replica.failures++;
        replica.retryAt = now.plus(config.moves().retryAfter(replica.failures));
        breakOff(replica, event, detail, now, actions);
    }

    /**
     * Its head keeps requests while it is alive itself, unless no token comes and nobody knows why.
     */
    private void breakOff(
            Replica replica,
            ReplicaEvent event,
            Reason reason,
            Instant now,
            List<ClusterAction> actions) {
        boolean routed = replica.isRouted();
        if (replica.state != ReplicaState.BROKEN) {
            replica.placeKeptUntil = now.plus(config.placeKept());
            replica.askedAtRevision = -1;
        }
        boolean headLives =
                replica.stages.getFirst().phase() != StagePhase.LOST
                        && replica.stages.getFirst().phase() != StagePhase.FAILED
                        && event != ReplicaEvent.PROBE_FAILED;
        if (!headLives) {
            replica.routedUntil = Instant.MIN;
        } else if (replica.state == ReplicaState.SERVING) {
            replica.routedUntil = now.plus(config.drains().routed());
        }
        if (routed) {
            actions.add(new PublishRoutes());
        }
        turn(replica, event, reason, Set.of(), now, actions);
        actions.add(new SaveReplica(replica.id()));
    }

    private static void turn(
            Replica replica,
            ReplicaEvent event,
            Reason reason,
            Set<Integer> moved,
            Instant now,
            List<ClusterAction> actions) {
        ReplicaState from = replica.state;
        replica.state = ReplicaTable.next(from, event);
        replica.reason = replica.state == ReplicaState.SERVING ? Reason.NONE : reason;
        if (from != replica.state) {
            replica.since = now;
        }
        actions.add(
                new Changed(
                        replica.id(),
                        replica.spec.name(),
                        replica.epoch,
                        from,
                        event,
                        replica.state,
                        reason,
                        moved));
    }

    /** A new epoch with these stages: stored first, then told. */
    void start(
            Replica replica,
            List<StageAssignment> stages,
            ReplicaEvent event,
            Reason reason,
            Instant now,
            List<ClusterAction> actions) {
        List<Stage> before = replica.stages;
        var old = replica.epoch;
        replica.epoch = old.next();
        replica.adoptable = false;
        replica.isOurs();
        replica.probesUnanswered = 0;
        replica.placeKeptUntil = Instant.MAX;
        replica.leaseEndsAt = now.plus(config.moves().reservation());
        replica.awaited.clear();
        if (replica.state == ReplicaState.SERVING) {
            replica.routedUntil = now.plus(config.drains().routed());
        }
        var moved = new TreeSet<Integer>();
        for (int index = 0; index < stages.size(); index++) {
            boolean stays =
                    index < before.size()
                            && before.get(index)
                                    .assignment()
                                    .device()
                                    .equals(stages.get(index).device());
            if (!stays) {
                moved.add(index);
            }
        }
        if (moved.contains(0)) {
            replica.routedUntil = Instant.MIN;
        }
        cluster.move(replica, stages.stream().map(stage -> Stage.assigned(stage, now)).toList());
        turn(replica, event, reason, moved, now, actions);
        actions.add(new SaveReplica(replica.id()));
        for (int index = 0; index < stages.size(); index++) {
            actions.add(new Assign(replica.id(), replica.epoch, index));
        }
        // After the assignments: what stays on a node is of the new epoch by then, and stays.
        before.stream()
                .filter(stage -> isElsewhere(stage, stages))
                .map(Stage::node)
                .distinct()
                .filter(cluster::isConnected)
                .forEach(node -> actions.add(new Release(node, replica.id(), old)));
        if (!before.isEmpty()) {
            actions.add(new PublishRoutes());
        }
    }

    private static boolean isElsewhere(Stage before, List<StageAssignment> now) {
        int index = before.assignment().index();
        return index >= now.size() || !now.get(index).device().node().equals(before.node());
    }

    /** All stages run under the epoch that is still in force. */
    void adopt(Replica replica, Instant now, List<ClusterAction> actions) {
        replica.leaseEndsAt = now.plus(config.moves().reservation());
        turn(replica, ReplicaEvent.ADOPTED, Reason.of(Code.RUN_ALREADY), Set.of(), now, actions);
        advanceLoading(replica, now, actions);
    }

    /** Leaves the routes and finishes what runs; goes at once where nothing can run. */
    void withdraw(
            Replica replica,
            Reason reason,
            Duration bound,
            Instant now,
            List<ClusterAction> actions) {
        if (replica.state == ReplicaState.SERVING) {
            replica.withdrawnAt = now;
            replica.drainedBy = now.plus(bound);
            actions.add(new PublishRoutes());
            turn(replica, ReplicaEvent.WITHDRAWN, reason, Set.of(), now, actions);
            actions.add(new SaveReplica(replica.id()));
        } else if (replica.state != ReplicaState.DRAINING) {
            dismiss(replica, reason, actions);
        }
    }

    /** The replica is no more. */
    void dismiss(Replica replica, Reason reason, List<ClusterAction> actions) {
        boolean routed = replica.isRouted();
        cluster.remove(replica);
        turn(replica, ReplicaEvent.DISMISSED, reason, Set.of(), replica.since, actions);
        if (routed) {
            actions.add(new PublishRoutes());
        }
        actions.add(new ForgetReplica(replica.id()));
        release(replica, actions);
    }

    private void release(Replica replica, List<ClusterAction> actions) {
        replica.nodes().stream()
                .sorted()
                .filter(cluster::isConnected)
                .forEach(node -> actions.add(new Release(node, replica.id(), replica.epoch)));
    }

    // ---------------------------------------------------------------- what is due

    /** Does what is due for one replica whose place is not the question. */
    void advance(Replica replica, Instant now, List<ClusterAction> actions) {
        if (!replica.routedUntil.equals(Instant.MIN)
                && replica.isRecovering()
                && !now.isBefore(replica.routedUntil)) {
            replica.routedUntil = Instant.MIN;
            actions.add(new PublishRoutes());
        }
        switch (replica.state) {
            case LOADING -> advanceLoading(replica, now, actions);
            case PROBING -> probeAgain(replica, now, actions);
            case SERVING -> {
                boolean asked = replica.probesUnanswered > 0;
                if (asked) {
                    probeAgain(replica, now, actions);
                } else if (!now.isBefore(replica.lastTokenAt.plus(config.probes().idle()))) {
                    probe(replica, now, actions);
                }
            }
            case DRAINING -> {
                Instant settled = replica.withdrawnAt.plus(config.drains().settle());
                if (!now.isBefore(settled) && replica.isIdleSince(settled)) {
                    dismiss(replica, Reason.of(Code.REQUESTS_FINISHED), actions);
                } else if (!now.isBefore(replica.drainedBy)) {
                    dismiss(replica, Reason.of(Code.REQUESTS_TOO_LONG), actions);
                }
            }
            case WAITING, BROKEN, ENDED -> {}
        }
    }

    void advanceLoading(Replica replica, Instant now, List<ClusterAction> actions) {
        if (replica.all(StagePhase.LOADED)) {
            turn(
                    replica,
                    ReplicaEvent.ALL_LOADED,
                    Reason.of(Code.TOKEN_ON_ITS_WAY),
                    Set.of(),
                    now,
                    actions);
            actions.add(new SaveReplica(replica.id()));
            replica.probesUnanswered = 0;
            probe(replica, now, actions);
        } else if (!now.isBefore(replica.leaseEndsAt)) {
            giveBack(replica, now, actions);
        } else {
            for (int index = 0; index < replica.stages.size(); index++) {
                Stage stage = replica.stages.get(index);
                boolean silent = !now.minus(config.moves().resendAfter()).isBefore(stage.heardAt());
                if (silent
                        && stage.phase() != StagePhase.LOADED
                        && cluster.isConnected(stage.node())) {
                    cluster.set(replica, index, stage.in(stage.phase(), now));
                    actions.add(new Assign(replica.id(), replica.epoch, index));
                }
            }
        }
    }

    /** Nothing came on for the time of the lease: others may have the places. */
    private void giveBack(Replica replica, Instant now, List<ClusterAction> actions) {
        boolean routed = replica.isRouted();
        Instant until = now.plus(config.moves().avoided());
        replica.stages.stream()
                .filter(stage -> stage.phase() != StagePhase.LOADED)
                .forEach(stage -> replica.avoided.put(stage.node(), until));
        release(replica, actions);
        replica.routedUntil = Instant.MIN;
        cluster.move(replica, List.of());
        replica.askedAtRevision = -1;
        Reason reason = Reason.of(Code.NO_PROGRESS, config.moves().reservation().toSeconds());
        turn(replica, ReplicaEvent.LEASE_ENDED, reason, Set.of(), now, actions);
        actions.add(new SaveReplica(replica.id()));
        if (routed) {
            actions.add(new PublishRoutes());
        }
    }

    private void probe(Replica replica, Instant now, List<ClusterAction> actions) {
        replica.probedAt = now;
        replica.probesUnanswered++;
        actions.add(new Probe(replica.stages.getFirst().node(), replica.id(), replica.epoch));
    }

    private void probeAgain(Replica replica, Instant now, List<ClusterAction> actions) {
        boolean serving = replica.state == ReplicaState.SERVING;
        if (serving && replica.lastTokenAt.isAfter(replica.probedAt)) {
            replica.probesUnanswered = 0;
        } else if (!now.isBefore(replica.probedAt.plus(config.probes().timeout()))) {
            if (replica.probesUnanswered >= config.probes().attempts()) {
                replica.probesUnanswered = 0;
                Reason reason = Reason.of(Code.NO_TOKEN, config.probes().timeout().toSeconds());
                fail(replica, ReplicaEvent.PROBE_FAILED, reason, now, actions);
            } else {
                probe(replica, now, actions);
            }
        }
    }

    /**
     * Stages that are not there or do not work; at least one of a broken replica that is whole
     * else.
     */
    static Set<Integer> lost(Replica replica, Cluster cluster) {
        var lost = new TreeSet<Integer>();
        for (int index = 0; index < replica.stages.size(); index++) {
            Stage stage = replica.stages.get(index);
            boolean gone = stage.phase() == StagePhase.LOST || stage.phase() == StagePhase.FAILED;
            if (gone || cluster.isBroken(stage.assignment().device())) {
                lost.add(index);
            }
        }
        return lost;
    }

    /** All its stages, in the order of the layers, with those of another list where they differ. */
    static List<StageAssignment> merged(Replica replica, List<StageAssignment> changed) {
        var merged = new ArrayList<>(replica.assignments());
        changed.forEach(stage -> merged.set(stage.index(), stage));
        return merged;
    }
}
