package assay.scheduler.core.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.placement.BalancedPlacement;
import assay.scheduler.core.placement.Specs;
import assay.scheduler.core.reconcile.ClusterAction.Assign;
import assay.scheduler.core.reconcile.ClusterAction.Probe;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentApplied;
import assay.scheduler.core.reconcile.ClusterEvent.Heartbeat;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ClusterEvent.ProbeReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageReported;
import assay.scheduler.core.reconcile.ClusterEvent.Tick;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** A reconciler whose agents answer at once and well, but for those that are deaf. */
abstract class AnsweredReconciler {
    final Cluster cluster = new Cluster();
    Reconciler reconciler;
    final List<ClusterAction> done = new ArrayList<>();

    /** These load nothing and say nothing of it. */
    final Set<NodeId> deaf = new HashSet<>();

    Instant now = Instant.EPOCH.plus(Duration.ofDays(1));
    int running;
    int waiting;
    double kvUse;
    private long ids;

    AnsweredReconciler(ReconcileConfig config) {
        reconciler = reconciler(config);
    }

    /** Another over the same cluster. */
    Reconciler reconciler(ReconcileConfig config) {
        return new Reconciler(
                config, cluster, new BalancedPlacement(), () -> new ReplicaId(new UUID(9, ids++)));
    }

    void nodes(int count, long memory) {
        for (int number = 1; number <= count; number++) {
            if (cluster.node(new NodeId(new UUID(1, number))).isEmpty()) {
                on(new NodeJoined(Specs.node(number, memory), number, List.of()));
            }
        }
    }

    void apply(Order order) {
        on(new DeploymentApplied(order));
        pass(Duration.ofSeconds(1));
    }

    Replica only() {
        assertThat(cluster.replicas()).hasSize(1);
        return cluster.replicas().iterator().next();
    }

    List<Replica> serving() {
        return cluster.replicas().stream()
                .filter(it -> it.state() == ReplicaState.SERVING)
                .toList();
    }

    /** Takes in an event, and what agents answer to what comes of it. */
    void on(ClusterEvent event) {
        List<ClusterAction> actions = reconciler.on(event, now);
        done.addAll(actions);
        for (ClusterAction action : actions) {
            if (action instanceof Assign assign) {
                cluster.replica(assign.replica())
                        .filter(it -> it.epoch().equals(assign.epoch()))
                        .filter(it -> !deaf.contains(it.stages().get(assign.index()).node()))
                        .ifPresent(it -> on(loaded(it, assign)));
            } else if (action instanceof Probe probe) {
                on(new ProbeReported(probe.head(), probe.replica(), probe.epoch(), true, ""));
            }
        }
    }

    private static ClusterEvent loaded(Replica replica, Assign assign) {
        return new StageReported(
                replica.stages().get(assign.index()).node(),
                assign.replica(),
                assign.epoch(),
                assign.index(),
                StagePhase.LOADED,
                0,
                0,
                "");
    }

    void pass(Duration span) {
        Instant end = now.plus(span);
        while (now.isBefore(end)) {
            now = now.plusMillis(500);
            for (NodeStatus node : List.copyOf(cluster.nodes())) {
                beat(node);
            }
            on(new Tick());
        }
    }

    private void beat(NodeStatus node) {
        List<ReplicaUse> uses =
                cluster.replicasOn(node.snapshot().id()).stream()
                        .map(it ->
                                new ReplicaUse(
                                        it.id(),
                                        it.epoch(),
                                        now,
                                        running,
                                        waiting,
                                        Duration.ZERO,
                                        kvUse))
                        .toList();
        on(new Heartbeat(node.snapshot().id(), node.session, uses));
    }
}
