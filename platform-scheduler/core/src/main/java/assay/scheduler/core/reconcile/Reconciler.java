package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.placement.Placement;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentApplied;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentRemoved;
import assay.scheduler.core.reconcile.ClusterEvent.DeploymentWanted;
import assay.scheduler.core.reconcile.ClusterEvent.DeviceTurned;
import assay.scheduler.core.reconcile.ClusterEvent.DutySet;
import assay.scheduler.core.reconcile.ClusterEvent.Heartbeat;
import assay.scheduler.core.reconcile.ClusterEvent.LossAccepted;
import assay.scheduler.core.reconcile.ClusterEvent.NodeForgotten;
import assay.scheduler.core.reconcile.ClusterEvent.NodeJoined;
import assay.scheduler.core.reconcile.ClusterEvent.NodeLeft;
import assay.scheduler.core.reconcile.ClusterEvent.NodeMarked;
import assay.scheduler.core.reconcile.ClusterEvent.ProbeReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageReported;
import assay.scheduler.core.reconcile.ClusterEvent.StageSilent;
import assay.scheduler.core.reconcile.ClusterEvent.Tick;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * Goals: every deployment has as many serving replicas as it wants; a route never leads to a head
 * that is not there; what runs well is left alone; no request is lost by what the scheduler does.
 *
 * <p>Hard constraints: a replica's epoch only grows, and grows before its chain changes; nothing is
 * placed beyond a device's capacity; a node is told only over its newest session.
 *
 * <p>Algorithm: an event changes what is known and what depends on it at once; with each tick
 * everything is looked at, nodes first, then deployments, then replicas, those of the highest
 * priority first; and at last whether others should move for one that still waits. Confined to the
 * control loop.
 */
public final class Reconciler {
    private final Cluster cluster;
    private final Supplier<ReplicaId> newIds;
    private final ReplicaLife replicas;
    private final Places places;
    private final NodeLife nodes;
    private final DeploymentLife deployments;
    private final RoomMaking room;

    public Reconciler(
            ReconcileConfig config,
            Cluster cluster,
            Placement placement,
            Supplier<ReplicaId> newIds) {
        this.cluster = cluster;
        this.newIds = newIds;
        replicas = new ReplicaLife(config, cluster);
        places = new Places(config, cluster, placement, replicas);
        nodes = new NodeLife(config, cluster, replicas);
        deployments = new DeploymentLife(config, cluster, newIds, replicas, places);
        room = new RoomMaking(config, cluster, placement, newIds, replicas, places);
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
        places.begin();
        switch (event) {
            case NodeJoined joined -> {
                nodes.join(joined, now, actions);
                advance(cluster.replicasOn(joined.node().id()), now, actions);
            }
            case NodeLeft left -> nodes.leave(left, now, actions);
            case Heartbeat heartbeat -> nodes.hear(heartbeat, now, actions);
            case DeviceTurned turned -> {
                nodes.turn(turned, actions);
                advance(cluster.replicasOn(turned.node()), now, actions);
            }
            case StageReported report -> {
                replicas.report(report, now, actions);
                advance(report.replica(), now, actions);
            }
            case StageSilent report -> {
                replicas.report(report, now, actions);
                advance(report.replica(), now, actions);
            }
            case ProbeReported report -> {
                replicas.report(report, now, actions);
                advance(report.replica(), now, actions);
            }
            case DeploymentApplied applied -> {
                deployments.apply(applied.order(), now, actions);
                advance(cluster.replicasOf(applied.order().spec().id()), now, actions);
            }
            case DeploymentRemoved removed ->
                    deployments.remove(removed.deployment(), now, actions);
            case DeploymentWanted wanted -> {
                deployments.want(wanted.deployment(), now, actions);
                advance(cluster.replicasOf(wanted.deployment()), now, actions);
            }
            case DutySet duty -> nodes.set(duty, actions);
            case NodeMarked marked -> nodes.mark(marked, actions);
            case NodeForgotten forgotten -> nodes.forget(forgotten.node(), actions);
            case LossAccepted accepted -> {
                nodes.acceptLoss(now, actions);
                pass(now, actions);
            }
            case Tick tick -> {
                nodes.watch(now, actions);
                pass(now, actions);
            }
        }
        return List.copyOf(actions);
    }

    /**
     * What would be done with a new replica now; nothing is changed.
     *
     * @param spec as it would be applied
     */
    public PlacementDecision plan(DeploymentSpec spec) {
        return places.plan(spec, newIds.get());
    }

    private void pass(Instant now, List<ClusterAction> actions) {
        List.copyOf(cluster.deployments.values())
                .forEach(deployment -> deployments.look(deployment, now, actions));
        List<Replica> all = List.copyOf(cluster.replicas.values());
        all.forEach(replica -> deployments.sweep(replica, now, actions));
        advance(all, now, actions);
        room.look(now, actions);
    }

    private void advance(ReplicaId id, Instant now, List<ClusterAction> actions) {
        cluster.replica(id).ifPresent(it -> advance(List.of(it), now, actions));
    }

    private void advance(Collection<Replica> some, Instant now, List<ClusterAction> actions) {
        var placeless = new ArrayList<Replica>();
        for (Replica replica : some) {
            replicas.advance(replica, now, actions);
            if (replica.state == ReplicaState.WAITING || replica.state == ReplicaState.BROKEN) {
                placeless.add(replica);
            }
        }
        placeless.sort(places.order());
        for (Replica replica : placeless) {
            switch (replica.state) {
                case WAITING -> places.place(replica, now, actions);
                case BROKEN -> places.mend(replica, now, actions);
                case LOADING, PROBING, SERVING, DRAINING, ENDED -> {} // another gave it its turn
            }
        }
        for (Replica replica : some) {
            if (replica.state != ReplicaState.ENDED) {
                cluster.check(replica);
            }
        }
    }
}
