package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.Reason.Code;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.reconcile.ClusterAction.SaveDeployment;
import assay.scheduler.core.reconcile.ClusterAction.SaveReplica;
import assay.scheduler.core.reconcile.ClusterAction.Scaled;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Goals: as many replicas of what is wanted as are wanted, where they may be; no request is dropped
 * by a change.
 *
 * <p>Hard constraints: an old replica leaves the routes only when as many serve as are wanted,
 * unless the deployment allows a gap; a replica that leaves finishes what runs.
 *
 * <p>Algorithm: it is counted, not remembered, so that a new scheduler goes on where the old one
 * was. Replicas that must leave (of an older version, on a node that is drained, or to make room)
 * stand beside those that are as wanted; some more than wanted may be there at once; each that
 * serves lets one of the old go. What an earlier scheduler left is let go only once it is known
 * whether it serves. Confined to the control loop.
 */
final class DeploymentLife {
    private final ReconcileConfig config;
    private final Cluster cluster;
    private final Supplier<ReplicaId> newIds;
    private final ReplicaLife life;
    private final Places places;

    DeploymentLife(
            ReconcileConfig config,
            Cluster cluster,
            Supplier<ReplicaId> newIds,
            ReplicaLife life,
            Places places) {
        this.config = config;
        this.cluster = cluster;
        this.newIds = newIds;
        this.life = life;
        this.places = places;
    }

    void apply(Order order, Instant now, List<ClusterAction> actions) {
        Deployment known = cluster.deployments.get(order.spec().id());
        if (known == null) {
            known = new Deployment(order, order.spec().replicas(), now);
            cluster.deployments.put(known.id(), known);
            actions.add(new SaveDeployment(known.id()));
        } else if (!known.order.equals(order)) {
            boolean ruled = known.order.scaling().isPresent() && order.scaling().isPresent();
            int wanted = order.within(ruled ? known.wanted : order.spec().replicas());
            known.order = order;
            known.lowSince = now;
            known.busyAt = now;
            if (wanted != known.wanted) {
                scale(known, wanted, Reason.of(Code.ASKED_FOR), now, actions);
            } else {
                actions.add(new SaveDeployment(known.id()));
            }
        }
        look(known, now, actions);
    }

    void remove(DeploymentId id, Instant now, List<ClusterAction> actions) {
        if (cluster.deployments.remove(id) != null) {
            cluster.replicasOf(id)
                    .forEach(replica ->
                            life.withdraw(
                                    replica,
                                    Reason.of(Code.DEPLOYMENT_REMOVED),
                                    config.drains().bound(),
                                    now,
                                    actions));
        }
    }

    /** Requests wait for it. */
    void want(DeploymentId id, Instant now, List<ClusterAction> actions) {
        Deployment deployment = cluster.deployments.get(id);
        if (deployment != null) {
            deployment.busyAt = now;
            if (deployment.wanted == 0) {
                scale(deployment, 1, Reason.of(Code.REQUESTS_WAIT), now, actions);
                look(deployment, now, actions);
            }
        }
    }

    private static void scale(
            Deployment deployment,
            int wanted,
            Reason reason,
            Instant now,
            List<ClusterAction> actions) {
        actions.add(new Scaled(deployment.spec().name(), deployment.wanted, wanted, reason));
        deployment.wanted = wanted;
        deployment.steppedAt = now;
        deployment.lowSince = now;
        actions.add(new SaveDeployment(deployment.id()));
    }

    /** What is due for a deployment. */
    void look(Deployment deployment, Instant now, List<ClusterAction> actions) {
        var current = new ArrayList<Replica>();
        var old = new ArrayList<Replica>();
        for (Replica replica : cluster.replicasOf(deployment.id())) {
            if (replica.state != ReplicaState.DRAINING) {
                (places.mustLeave(replica) ? old : current).add(replica);
            }
        }
        var working = new ArrayList<>(current);
        working.addAll(old);
        Scaler.step(deployment, working, now)
                .ifPresent(step -> scale(deployment, step.wanted(), step.reason(), now, actions));
        old.removeIf(replica -> {
            boolean useless = !replica.isRouted() && !replica.isInherited();
            if (useless) {
                life.dismiss(replica, whyItLeaves(replica), actions);
            }
            return useless;
        });
        int wanted = deployment.wanted;
        current.sort(Comparator.comparingInt((Replica it) -> rank(it)).thenComparing(Replica::id));
        boolean known = current.stream().noneMatch(Replica::isInherited);
        while (known && current.size() > wanted) {
            Replica extra = current.removeLast();
            life.withdraw(
                    extra, Reason.of(Code.FEWER_WANTED), config.drains().bound(), now, actions);
        }
        long serving = current.stream().filter(it -> it.state == ReplicaState.SERVING).count();
        long excess = serving + old.size() - wanted;
        for (; excess > 0 && !old.isEmpty(); excess--) {
            Replica leaving = old.removeFirst();
            life.withdraw(leaving, whyItLeaves(leaving), drainBound(leaving), now, actions);
        }
        int surge = Math.max(1, Math.ceilDiv(wanted, 4));
        while (current.size() < wanted && current.size() + old.size() < wanted + surge) {
            var replica = new Replica(newIds.get(), deployment.spec(), now);
            cluster.add(replica);
            current.add(replica);
            actions.add(new SaveReplica(replica.id()));
        }
        makeRoom(deployment, current, old, now, actions);
    }

    /** Those that are worth most come first. */
    private static int rank(Replica replica) {
        return switch (replica.state) {
            case SERVING -> 0;
            case PROBING -> 1;
            case LOADING -> 2;
            case BROKEN -> 3;
            case WAITING -> 4;
            case DRAINING, ENDED -> 5;
        };
    }

    /** Where there is no room for new and old together. */
    private void makeRoom(
            Deployment deployment,
            List<Replica> current,
            List<Replica> old,
            Instant now,
            List<ClusterAction> actions) {
        Optional<Replica> stuck =
                current.stream()
                        .filter(it ->
                                it.state == ReplicaState.WAITING
                                        && it.askedAtRevision == cluster.capacityRevision()
                                        && it.awaited.isEmpty()
                                        && !now.isBefore(
                                                it.waitsSince.plus(
                                                        config.moves().spreadPatience())))
                        .findFirst();
        if (stuck.isEmpty() || deployment.madeRoomAtRevision == cluster.capacityRevision()) {
            return;
        }
        deployment.madeRoomAtRevision = cluster.capacityRevision();
        for (Replica leaving : old) {
            if (moveOff(leaving, now, actions)) {
                return;
            }
            if (deployment.order.replacement() == Replacement.RECREATE_ALLOWED
                    && places.wouldFitWithout(stuck.get(), leaving)) {
                life.withdraw(
                        leaving,
                        whyItLeaves(leaving).then(Code.NO_ROOM_FOR_BOTH),
                        drainBound(leaving),
                        now,
                        actions);
                return;
            }
        }
    }

    /** Stages leave a node that is drained one by one where their replica's head may stay. */
    private boolean moveOff(Replica replica, Instant now, List<ClusterAction> actions) {
        var moving = places.onDraining(replica);
        return cluster.isCurrent(replica)
                && replica.state == ReplicaState.SERVING
                && !moving.isEmpty()
                && !moving.contains(0)
                && places.moveStages(
                        replica, moving, new HashSet<>(), whyItLeaves(replica), now, actions);
    }

    private Reason whyItLeaves(Replica replica) {
        if (!cluster.isCurrent(replica)) {
            return cluster.deployments.containsKey(replica.deployment())
                    ? Reason.of(Code.DEPLOYMENT_CHANGED)
                    : Reason.of(Code.DEPLOYMENT_REMOVED);
        }
        return replica.leavesBecause.isEmpty()
                ? Reason.of(Code.NODE_DRAINED)
                : replica.leavesBecause;
    }

    private Duration drainBound(Replica replica) {
        return replica.nodes().stream()
                .flatMap(id -> cluster.node(id).stream())
                .filter(node -> node.drainBound.isPositive())
                .map(node -> node.drainBound)
                .min(Comparator.naturalOrder())
                .orElse(config.drains().bound());
    }

    /** What a removed deployment left behind, as far as it did not finish yet. */
    void sweep(Replica replica, Instant now, List<ClusterAction> actions) {
        if (!cluster.deployments.containsKey(replica.deployment())
                && replica.state != ReplicaState.DRAINING) {
            life.withdraw(
                    replica,
                    Reason.of(Code.DEPLOYMENT_REMOVED),
                    config.drains().bound(),
                    now,
                    actions);
        }
    }
}
