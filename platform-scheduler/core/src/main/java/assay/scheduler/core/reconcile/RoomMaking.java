package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.Reason.Code;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.placement.Defragmentation;
import assay.scheduler.core.placement.Defragmentation.Move;
import assay.scheduler.core.placement.Defragmentation.Opening;
import assay.scheduler.core.placement.Placement;
import assay.scheduler.core.placement.Wish;
import assay.scheduler.core.reconcile.ClusterAction.MakingRoom;
import assay.scheduler.core.reconcile.ClusterAction.MakingRoom.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Goals: a replica that waits for room which the fleet has in pieces gets it, and no request of
 * those that move for it is dropped.
 *
 * <p>Hard constraints: one plan at a time, one move at a time and a bounded number of them; what
 * moves serves at its new place before it leaves the old one; only replicas of deployments that are
 * as wanted move; a plan that can not help any more ends, and nothing is planned for a while after
 * each.
 *
 * <p>Algorithm: {@link Defragmentation} plans. A move is a second replica at its target; the first
 * counts as one that must leave from then on, and {@link DeploymentLife} drains it once the second
 * serves. Before each move it is asked again whether the rest of the plan helps; the room that is
 * made is kept from those that come later in the order. Nothing of it is stored: a new scheduler
 * finds one replica too many, lets it go, and plans anew. Confined to the control loop.
 */
final class RoomMaking {
    /** Between two questions for a plan: each costs some dozens of placements. */
    private static final Duration ASKED_EVERY = Duration.ofSeconds(5);

    private final ReconcileConfig config;
    private final Cluster cluster;
    private final Supplier<ReplicaId> newIds;
    private final ReplicaLife life;
    private final Places places;
    private final Defragmentation defragmentation;
    private Optional<Plan> plan = Optional.empty();
    private Instant restsUntil = Instant.MIN;

    /** What is being done, and for whom. */
    private static final class Plan {
        private final ReplicaId waiting;
        private final DeploymentSpec spec;
        private final Set<NodeId> nodes;
        private final int moves;
        private final Deque<Move> left;
        private Optional<Moving> moving = Optional.empty();

        private Plan(Replica waiting, Opening opening) {
            this.waiting = waiting.id();
            spec = waiting.spec;
            nodes =
                    opening.placed().stages().stream()
                            .map(stage -> stage.device().node())
                            .collect(Collectors.toUnmodifiableSet());
            moves = opening.moves().size();
            left = new ArrayDeque<>(opening.moves());
        }
    }

    /**
     * A move that has begun.
     *
     * @param leavesBy when the old one must at least be draining; the end of time while the new one
     *     does not serve yet, which has bounds of its own
     */
    private record Moving(ReplicaId old, ReplicaId fresh, Instant leavesBy) {}

    RoomMaking(
            ReconcileConfig config,
            Cluster cluster,
            Placement placement,
            Supplier<ReplicaId> newIds,
            ReplicaLife life,
            Places places) {
        this.config = config;
        this.cluster = cluster;
        this.newIds = newIds;
        this.life = life;
        this.places = places;
        defragmentation = new Defragmentation(placement, config.room().mostMoves());
    }

    /** Does what is due: begins a plan, or goes on with the one that is there. */
    void look(Instant now, List<ClusterAction> actions) {
        if (!config.room().enabled() || !cluster.doubt.isEmpty()) {
            return;
        }
        if (plan.isPresent()) {
            carryOn(plan.get(), now, actions);
        } else if (!now.isBefore(restsUntil)) {
            seek(now, actions);
        }
    }

    private void seek(Instant now, List<ClusterAction> actions) {
        Optional<Replica> stuck =
                cluster.replicas.values().stream()
                        .filter(it -> hasWaited(it, now))
                        .min(
                                Comparator.comparing((Replica it) -> it.roomSoughtAt)
                                        .thenComparing(places.order()));
        if (stuck.isEmpty()) {
            return;
        }
        Replica waiting = stuck.get();
        waiting.roomSoughtAt = now;
        waiting.roomSoughtAtRevision = cluster.capacityRevision();
        restsUntil = now.plus(ASKED_EVERY);
        Optional<Opening> opening =
                defragmentation.plan(wish(waiting, now), cluster.fleet, this::mayMove);
        // Room without any move would be found by asking: that is not ours to do.
        if (opening.isPresent() && !opening.get().moves().isEmpty()) {
            var begun = new Plan(waiting, opening.get());
            plan = Optional.of(begun);
            tell(begun, Step.PLANNED, Reason.of(Code.ROOM_PLANNED, begun.moves), actions);
            beginMove(begun, waiting, now, actions);
        }
    }

    private boolean hasWaited(Replica replica, Instant now) {
        return isPlaceless(replica, now)
                && replica.awaited.isEmpty()
                && replica.askedAtRevision == cluster.capacityRevision()
                && replica.roomSoughtAtRevision != cluster.capacityRevision()
                && !now.isBefore(replica.since.plus(config.room().after()));
    }

    /** Whether it has no place, or none that is worth waiting for. */
    private static boolean isPlaceless(Replica replica, Instant now) {
        return replica.state == ReplicaState.WAITING
                || (replica.state == ReplicaState.BROKEN
                        && !replica.adoptable
                        && !now.isBefore(replica.placeKeptUntil));
    }

    private Wish wish(Replica waiting, Instant now) {
        return new Wish(cluster.specOf(waiting), waiting.id()).avoiding(waiting.avoidedAt(now));
    }

    /** Whether it serves as its deployment wants it, and nothing else is under way there. */
    private boolean mayMove(ReplicaId id) {
        Replica replica = cluster.replicas.get(id);
        Deployment deployment =
                replica == null ? null : cluster.deployments.get(replica.deployment());
        if (replica == null || deployment == null) {
            return false;
        }
        List<Replica> all = cluster.replicasOf(deployment.id());
        DeploymentSpec now = cluster.specOf(replica);
        return now.priority() == replica.spec.priority()
                && now.rules().equals(replica.spec.rules())
                && all.size() == deployment.wanted()
                && all.stream()
                        .allMatch(it -> it.state == ReplicaState.SERVING && !places.mustLeave(it));
    }

    private void carryOn(Plan begun, Instant now, List<ClusterAction> actions) {
        Replica waiting = cluster.replicas.get(begun.waiting);
        if (waiting == null || waiting.state == ReplicaState.DRAINING) {
            giveUp(begun, Code.ROOM_NOT_WANTED, now, actions);
        } else if (!isPlaceless(waiting, now)) {
            end(begun, Step.MADE, Code.ROOM_FOUND, now, actions);
        } else if (begun.moving.isPresent() && !isMoved(begun, now, actions)) {
            return;
        } else if (!begun.left.isEmpty()) {
            beginMove(begun, waiting, now, actions);
        } else if (waiting.askedAtRevision == cluster.capacityRevision()) {
            giveUp(begun, Code.ROOM_NONE_AFTER_ALL, now, actions);
        }
    }

    /** Whether the move that has begun is over; a plan whose move failed is given up. */
    private boolean isMoved(Plan begun, Instant now, List<ClusterAction> actions) {
        Moving moving = begun.moving.orElseThrow();
        Replica old = cluster.replicas.get(moving.old());
        Replica fresh = cluster.replicas.get(moving.fresh());
        if (old == null) {
            begun.moving = Optional.empty();
            return true;
        }
        boolean serves = fresh != null && fresh.state == ReplicaState.SERVING;
        boolean comes =
                serves
                        || (fresh != null
                                && (fresh.state == ReplicaState.LOADING
                                        || fresh.state == ReplicaState.PROBING));
        if (old.state == ReplicaState.DRAINING) {
            return false; // it has a bound of its own
        }
        if (!comes) {
            giveUp(begun, Code.ROOM_NOT_SERVING, now, actions);
        } else if (serves && moving.leavesBy().equals(Instant.MAX)) {
            Instant leavesBy = now.plus(config.moves().reservation());
            begun.moving = Optional.of(new Moving(moving.old(), moving.fresh(), leavesBy));
        } else if (!now.isBefore(moving.leavesBy())) {
            giveUp(begun, Code.ROOM_STILL_NEEDED, now, actions);
        }
        return false;
    }

    private void beginMove(Plan begun, Replica waiting, Instant now, List<ClusterAction> actions) {
        List<Move> rest = List.copyOf(begun.left);
        Move move = begun.left.removeFirst();
        Replica old = cluster.replicas.get(move.replica());
        Deployment deployment = old == null ? null : cluster.deployments.get(old.deployment());
        if (old == null
                || deployment == null
                || !mayMove(move.replica())
                || !defragmentation.helps(wish(waiting, now), cluster.fleet, rest)) {
            giveUp(begun, Code.ROOM_FLEET_CHANGED, now, actions);
            return;
        }
        int number = begun.moves - begun.left.size();
        places.hold(
                waiting, begun.nodes, Reason.of(Code.ROOM_IN_MAKING, number, begun.moves), actions);
        tell(
                begun,
                Step.MOVE_BEGUN,
                Reason.of(Code.ROOM_MOVE, number, begun.moves, old.id(), deployment.spec().name()),
                actions);
        var fresh = new Replica(newIds.get(), deployment.spec(), now);
        cluster.add(fresh);
        begun.moving = Optional.of(new Moving(old.id(), fresh.id(), Instant.MAX));
        old.leavesBecause = Reason.of(Code.MOVED_FOR, begun.spec.name());
        Reason reason = Reason.of(Code.TAKES_OVER, old.id(), begun.spec.name());
        life.start(fresh, move.stages(), ReplicaEvent.PLACED, reason, now, actions);
    }

    private void giveUp(Plan begun, Code why, Instant now, List<ClusterAction> actions) {
        end(begun, Step.GIVEN_UP, why, now, actions);
    }

    private void end(Plan begun, Step step, Code why, Instant now, List<ClusterAction> actions) {
        plan = Optional.empty();
        restsUntil = now.plus(config.room().cooldown());
        begun.moving.ifPresent(moving -> undo(moving, why, now, actions));
        places.release();
        tell(begun, step, Reason.of(why), actions);
    }

    /** A move that is not made goes no further; one that is goes its way. */
    private void undo(Moving moving, Code why, Instant now, List<ClusterAction> actions) {
        Replica old = cluster.replicas.get(moving.old());
        Replica fresh = cluster.replicas.get(moving.fresh());
        if (old == null || old.state == ReplicaState.DRAINING) {
            return;
        }
        old.leavesBecause = Reason.NONE;
        if (fresh != null && fresh.state != ReplicaState.SERVING) {
            life.withdraw(
                    fresh,
                    Reason.of(Code.MOVE_GIVEN_UP).then(why),
                    config.drains().bound(),
                    now,
                    actions);
        }
    }

    private void tell(Plan begun, Step step, Reason reason, List<ClusterAction> actions) {
        Optional<Replica> waiting = cluster.replica(begun.waiting);
        actions.add(
                new MakingRoom(
                        begun.waiting,
                        begun.spec.name(),
                        waiting.map(Replica::epoch).orElse(Epoch.NONE),
                        waiting.map(Replica::state).orElse(ReplicaState.ENDED),
                        step,
                        reason));
    }
}
