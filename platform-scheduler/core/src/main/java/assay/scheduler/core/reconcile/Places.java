package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementDecision.Refused;
import assay.scheduler.core.cluster.PlacementDecision.Waiting;
import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.Reason.Code;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.cluster.StagePlan;
import assay.scheduler.core.placement.Placement;
import assay.scheduler.core.placement.Placement.Spread;
import assay.scheduler.core.placement.StageMove;
import assay.scheduler.core.placement.Wish;
import assay.scheduler.core.reconcile.ClusterAction.SaveReplica;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Gives places to replicas that have none and mends those that lost a part of theirs. Asks
 * placement as little as it can: not again before there may be more room, and a bounded number of
 * times in one pass, those of the highest priority first. Confined to the control loop.
 */
final class Places {
    private final ReconcileConfig config;
    private final Cluster cluster;
    private final Placement placement;
    private final ReplicaLife life;

    /** What was said in this pass to replicas of a deployment that are all alike. */
    private final Map<DeploymentId, Reason> refusedInPass = new HashMap<>();

    private Optional<Held> held = Optional.empty();
    private int asked;

    /**
     * Nodes on which room is being made, kept from those that come later in the order.
     *
     * @param words what the one that it is made for says meanwhile
     */
    private record Held(ReplicaId waiting, Set<NodeId> nodes, Reason words) {}

    Places(ReconcileConfig config, Cluster cluster, Placement placement, ReplicaLife life) {
        this.config = config;
        this.cluster = cluster;
        this.placement = placement;
        this.life = life;
    }

    /** A new pass begins. */
    void begin() {
        asked = 0;
        refusedInPass.clear();
    }

    /** Room is being made for a replica on these nodes. */
    void hold(Replica waiting, Set<NodeId> nodes, Reason words, List<ClusterAction> actions) {
        held = Optional.of(new Held(waiting.id(), nodes, words));
        explain(waiting, words, actions);
    }

    /** No room is being made any more. */
    void release() {
        held = Optional.empty();
        cluster.reconsider();
    }

    private Set<NodeId> heldFrom(Replica replica) {
        return held.filter(
                        it -> {
                            Replica waiting = cluster.replicas.get(it.waiting());
                            return waiting != null && order().compare(waiting, replica) < 0;
                        })
                .map(Held::nodes)
                .orElse(Set.of());
    }

    /** The order in which replicas are asked for. */
    Comparator<Replica> order() {
        return Comparator.comparingInt((Replica it) -> -cluster.specOf(it).priority())
                .thenComparing(it -> it.waitsSince)
                .thenComparing(Replica::id);
    }

    /** For a replica without a place. */
    void place(Replica replica, Instant now, List<ClusterAction> actions) {
        replica.awaited.removeIf(id -> !cluster.replicas.containsKey(id));
        boolean patient = now.isBefore(replica.waitsSince.plus(config.moves().spreadPatience()));
        if (!replica.awaited.isEmpty() || !isWorthAsking(replica, patient)) {
            return;
        }
        Reason known = refusedInPass.get(replica.deployment());
        if (known != null && replica.avoided.isEmpty()) {
            remember(replica, patient);
            explain(replica, known, actions);
            return;
        }
        Spread spread = patient ? Spread.APART : Spread.APART_IF_POSSIBLE;
        var avoided = new HashSet<>(replica.avoidedAt(now));
        avoided.addAll(heldFrom(replica));
        if (!placeWhole(replica, spread, avoided, now, actions)
                && replica.awaited.isEmpty()
                && replica.avoided.isEmpty()) {
            refusedInPass.put(replica.deployment(), replica.reason);
        }
        remember(replica, patient);
    }

    /**
     * For a broken replica. A lost stage goes elsewhere at once where there is room, its node takes
     * it back if it returns first, and after a while the whole replica may go elsewhere.
     */
    void mend(Replica replica, Instant now, List<ClusterAction> actions) {
        Set<Integer> lost = ReplicaLife.lost(replica, cluster);
        boolean allHere = replica.nodes().stream().allMatch(cluster::isConnected);
        if (!allHere && !cluster.doubt.isEmpty()) {
            explain(replica, cluster.doubt, actions);
            return;
        }
        if (replica.adoptable && !adopted(replica, allHere, lost, now, actions)) {
            return;
        }
        boolean due = !now.isBefore(replica.retryAt);
        boolean renewable =
                lost.stream()
                        .map(index -> replica.stages.get(index).assignment().device())
                        .allMatch(it -> cluster.isConnected(it.node()) && !cluster.isBroken(it));
        boolean avoids =
                lost.stream()
                        .anyMatch(it ->
                                replica.avoidedAt(now).contains(replica.stages.get(it).node()));
        boolean tired = replica.failures >= config.moves().moveAfterFailures();
        if (renewable && !avoids && !(tired && due)) {
            if (due) {
                life.start(
                        replica,
                        replica.assignments(),
                        ReplicaEvent.RENEWED,
                        Reason.NONE,
                        now,
                        actions);
            }
            return;
        }
        boolean patient = now.isBefore(replica.placeKeptUntil);
        if (isWorthAsking(replica, patient)) {
            remember(replica, patient);
            if (elsewhere(replica, lost, patient && !renewable, now, actions)) {
                return;
            }
        }
        if (renewable && due) {
            life.start(
                    replica,
                    replica.assignments(),
                    ReplicaEvent.RENEWED,
                    Reason.NONE,
                    now,
                    actions);
        }
    }

    /** Whether there is something to mend: the stages of an earlier scheduler are waited for. */
    private boolean adopted(
            Replica replica,
            boolean allHere,
            Set<Integer> lost,
            Instant now,
            List<ClusterAction> actions) {
        if (allHere && lost.isEmpty()) {
            replica.adoptable = false;
            life.adopt(replica, now, actions);
            return false;
        }
        if (replica.nodes().stream().anyMatch(cluster::isAwaited)) {
            return false;
        }
        replica.adoptable = false;
        return true;
    }

    private boolean elsewhere(
            Replica replica,
            Set<Integer> lost,
            boolean patient,
            Instant now,
            List<ClusterAction> actions) {
        var avoided = new HashSet<>(replica.avoidedAt(now));
        for (int index : lost) {
            Stage stage = replica.stages.get(index);
            boolean failed = stage.phase() == StagePhase.FAILED;
            if (failed && !cluster.isBroken(stage.assignment().device())) {
                avoided.add(stage.node());
            }
        }
        boolean some = !lost.isEmpty() && lost.size() < replica.stages.size();
        if (some && moveStages(replica, lost, avoided, replica.reason, now, actions)) {
            return true;
        }
        return !(some && patient)
                && placeWhole(replica, Spread.APART_IF_POSSIBLE, avoided, now, actions);
    }

    /** Whether these stages found other devices. */
    boolean moveStages(
            Replica replica,
            Set<Integer> moving,
            Set<NodeId> avoided,
            Reason why,
            Instant now,
            List<ClusterAction> actions) {
        asked++;
        var wish = new Wish(cluster.specOf(replica), replica.id()).avoiding(avoided);
        PlacementDecision decision =
                StageMove.decide(placement, wish, replica.assignments(), moving, cluster.fleet);
        if (decision instanceof Placed placed) {
            List<StageAssignment> all = ReplicaLife.merged(replica, placed.stages());
            Reason reason = Reason.of(Code.STAGES_ELSEWHERE, words(moving)).then(why);
            life.start(replica, all, ReplicaEvent.STAGES_MOVED, reason, now, actions);
            return true;
        }
        return false;
    }

    private static String words(Set<Integer> indices) {
        return String.join(", ", indices.stream().map(String::valueOf).toList());
    }

    /** Whether a place was found. What it held itself counts as free: it is given back then. */
    private boolean placeWhole(
            Replica replica,
            Spread spread,
            Set<NodeId> avoided,
            Instant now,
            List<ClusterAction> actions) {
        asked++;
        DeploymentSpec spec = cluster.specOf(replica);
        var wish = new Wish(spec, replica.id()).spread(spread).avoiding(avoided).preempting(true);
        return switch (placement.place(wish, cluster.fleet)) {
            case Placed placed when placed.givingWay().isEmpty() -> {
                life.start(
                        replica, placed.stages(), ReplicaEvent.PLACED, why(placed), now, actions);
                yield true;
            }
            case Placed placed -> {
                preempt(replica, spec, placed.givingWay(), now, actions);
                yield false;
            }
            case Waiting waiting -> explain(replica, waiting.reason(), actions);
            case Refused refused -> explain(replica, Reason.said(refused.detail()), actions);
        };
    }

    private void preempt(
            Replica replica,
            DeploymentSpec spec,
            List<ReplicaId> victims,
            Instant now,
            List<ClusterAction> actions) {
        replica.awaited.addAll(victims);
        explain(replica, Reason.of(Code.WAITS_FOR_LOWER, victims.size()), actions);
        Reason reason = Reason.of(Code.GIVES_WAY, spec.name(), spec.priority());
        for (ReplicaId id : victims) {
            Replica victim = cluster.replicas.get(id);
            if (victim != null) {
                life.withdraw(victim, reason, config.drains().yieldBound(), now, actions);
            }
        }
    }

    /** Whether a replica would find room if another were not there. */
    boolean wouldFitWithout(Replica waiting, Replica other) {
        asked++;
        cluster.fleet.free(other.id());
        try {
            var wish = new Wish(cluster.specOf(waiting), waiting.id());
            return placement.place(wish, cluster.fleet) instanceof Placed;
        } finally {
            cluster.fleet.book(other.id(), other.spec, other.assignments());
        }
    }

    /** What {@link #place} would do for a new replica now. */
    PlacementDecision plan(DeploymentSpec spec, ReplicaId id) {
        return placement.place(new Wish(spec, id).preempting(true), cluster.fleet);
    }

    private boolean isWorthAsking(Replica replica, boolean patient) {
        boolean changed =
                replica.askedAtRevision != cluster.capacityRevision()
                        || replica.askedPatiently != patient;
        return changed && asked < config.moves().perPass();
    }

    private void remember(Replica replica, boolean patient) {
        replica.askedAtRevision = cluster.capacityRevision();
        replica.askedPatiently = patient;
    }

    private static Reason why(Placed placed) {
        Duration slowest = Duration.ZERO;
        long room = Long.MAX_VALUE;
        for (StagePlan stage : placed.plan()) {
            slowest = slowest.compareTo(stage.step()) < 0 ? stage.step() : slowest;
            room = Math.min(room, stage.kvRoomTokens());
        }
        String millis = String.format(Locale.ROOT, "%.1f", slowest.toNanos() / 1e6);
        return Reason.of(Code.PLACED_ON, placed.plan().size(), millis, room);
    }

    boolean explain(Replica replica, Reason reason, List<ClusterAction> actions) {
        Optional<Held> made = held.filter(it -> it.waiting().equals(replica.id()));
        Reason words =
                made.isPresent()
                        ? made.get().words()
                        : replica.state == ReplicaState.WAITING && isSurge(replica)
                                ? Reason.of(Code.NO_ROOM_BESIDE).then(reason)
                                : reason;
        if (!replica.reason.equals(words)) {
            replica.reason = words;
            actions.add(new SaveReplica(replica.id()));
        }
        return false;
    }

    private boolean isSurge(Replica replica) {
        return cluster.replicasOf(replica.deployment()).stream()
                .anyMatch(it -> it.state == ReplicaState.SERVING && it != replica && mustLeave(it));
    }

    /** Whether it runs what is not wanted, or where it shall not. */
    boolean mustLeave(Replica replica) {
        return !cluster.isCurrent(replica)
                || !replica.leavesBecause.isEmpty()
                || !onDraining(replica).isEmpty();
    }

    /** Indices of its stages that stand on nodes that are drained. */
    Set<Integer> onDraining(Replica replica) {
        var indices = new TreeSet<Integer>();
        for (int index = 0; index < replica.stages.size(); index++) {
            NodeStatus node = cluster.nodes.get(replica.stages.get(index).node());
            if (node != null && node.snapshot.duty() == NodeDuty.DRAINING) {
                indices.add(index);
            }
        }
        return indices;
    }
}
