package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.Reason.Code;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A replica as the reconciler knows it. Confined to the control loop, changed by it alone. */
public final class Replica {
    private final ReplicaId id;
    final Instant waitsSince;

    /** What it was made for; its deployment may want something else by now. */
    DeploymentSpec spec;

    Epoch epoch;
    ReplicaState state;
    Reason reason;
    List<Stage> stages;
    Instant since;

    /** Restored with an epoch that agents may still be running. */
    boolean adoptable;

    /** Restored, and neither found serving nor told anything since. */
    private boolean inherited;

    /** Why another takes its place though it is as wanted; empty when none does. */
    Reason leavesBecause = Reason.NONE;

    /** When and at what capacity it was last tried to make room for it by moving others. */
    Instant roomSoughtAt = Instant.MIN;

    long roomSoughtAtRevision = -1;

    /** Until when it stays in the routes though it does not serve: its head keeps requests. */
    Instant routedUntil = Instant.MIN;

    Instant placeKeptUntil = Instant.MAX;
    Instant retryAt = Instant.MIN;
    Instant probedAt = Instant.MIN;
    Instant lastTokenAt = Instant.EPOCH;
    int probesUnanswered;
    int failures;

    /** When its places are given back unless loading goes on. */
    Instant leaseEndsAt = Instant.MAX;

    /** Nodes that did it no good, and until when they are kept out of its places. */
    final Map<NodeId, Instant> avoided = new HashMap<>();

    /** Replicas that must be gone before it is placed. */
    final Set<ReplicaId> awaited = new TreeSet<>();

    /** What placement was last asked with, so that it is not asked the same again. */
    long askedAtRevision = -1;

    boolean askedPatiently;

    Instant withdrawnAt = Instant.MIN;
    Instant drainedBy = Instant.MAX;
    private Optional<ReplicaUse> use = Optional.empty();
    private Instant useHeardAt = Instant.MIN;

    /** Since when some request has always been waiting; the end of time while none does. */
    private Instant queuedSince = Instant.MAX;

    Replica(ReplicaId id, DeploymentSpec spec, Instant now) {
        this.id = id;
        this.spec = spec;
        waitsSince = now;
        since = now;
        epoch = Epoch.NONE;
        state = ReplicaState.WAITING;
        reason = Reason.NONE;
        stages = List.of();
    }

    /**
     * As it was stored by an earlier scheduler. What had a place is broken until its nodes are
     * back, however well it is: nobody has told this scheduler.
     */
    static Replica restored(Stored stored, Instant now, Instant placeKeptUntil) {
        var replica = new Replica(stored.id(), stored.spec(), now);
        replica.epoch = stored.epoch();
        if (!stored.stages().isEmpty()) {
            replica.state = ReplicaState.BROKEN;
            replica.reason = Reason.of(Code.SCHEDULER_ANEW);
            replica.adoptable = true;
            replica.inherited = true;
            replica.placeKeptUntil = placeKeptUntil;
            replica.stages =
                    stored.stages().stream()
                            .map(stage -> Stage.assigned(stage, now).in(StagePhase.LOST, now))
                            .toList();
        }
        return replica;
    }

    /**
     * What a store holds of a replica.
     *
     * @param spec what it was made for
     */
    public record Stored(
            ReplicaId id, DeploymentSpec spec, Epoch epoch, List<StageAssignment> stages) {
        public Stored {
            stages = List.copyOf(stages);
        }
    }

    public ReplicaId id() {
        return id;
    }

    public DeploymentId deployment() {
        return spec.id();
    }

    /** What it was made for. */
    public DeploymentSpec spec() {
        return spec;
    }

    public Epoch epoch() {
        return epoch;
    }

    public ReplicaState state() {
        return state;
    }

    /** Since when it is in its state. */
    public Instant since() {
        return since;
    }

    /** Failures in a row. */
    public int failures() {
        return failures;
    }

    /** Why it is not serving; empty when it is. */
    public Reason reason() {
        return reason;
    }

    /** In the order of the layers; empty while it has no place. */
    public List<Stage> stages() {
        return stages;
    }

    /** When a token last came through all stages; the epoch of time when none has yet. */
    public Instant lastTokenAt() {
        return lastTokenAt;
    }

    /**
     * Whether requests may be sent to it: it serves, or it did and its head is alive and keeps them
     * while a stage is replaced.
     */
    public boolean isRouted() {
        return state == ReplicaState.SERVING || isRecovering();
    }

    /** Whether it served, and its head keeps requests while a stage is replaced. */
    public boolean isRecovering() {
        return !routedUntil.equals(Instant.MIN)
                && (state == ReplicaState.LOADING
                        || state == ReplicaState.PROBING
                        || state == ReplicaState.BROKEN);
    }

    /** Whether it may have served under an earlier scheduler, which is not known yet. */
    boolean isInherited() {
        return inherited
                && (adoptable || state == ReplicaState.LOADING || state == ReplicaState.PROBING);
    }

    /** It is known now what has become of what an earlier scheduler left. */
    void isOurs() {
        inherited = false;
    }

    public List<StageAssignment> assignments() {
        return stages.stream().map(Stage::assignment).toList();
    }

    boolean isOn(NodeId node) {
        return stages.stream().anyMatch(stage -> stage.node().equals(node));
    }

    boolean all(StagePhase phase) {
        return !stages.isEmpty() && stages.stream().allMatch(stage -> stage.phase() == phase);
    }

    Set<NodeId> nodes() {
        return stages.stream().map(Stage::node).collect(Collectors.toSet());
    }

    /** Nodes that it shall keep out of. */
    Set<NodeId> avoidedAt(Instant now) {
        avoided.values().removeIf(until -> !now.isBefore(until));
        return Set.copyOf(avoided.keySet());
    }

    void hears(ReplicaUse told, Instant now) {
        use = Optional.of(told);
        useHeardAt = now;
        if (told.waiting() == 0) {
            queuedSince = Instant.MAX;
        } else if (queuedSince.equals(Instant.MAX)) {
            queuedSince = now;
        }
        if (told.lastTokenAt().isAfter(lastTokenAt)) {
            lastTokenAt = told.lastTokenAt();
        }
    }

    /** What its head told last, unless that is too long ago to count. */
    Optional<ReplicaUse> use(Instant now, Duration fresh) {
        return use.filter(it -> useHeardAt.plus(fresh).isAfter(now));
    }

    /** How long requests wait: as its head told, or for as long as some have always waited. */
    Duration queueWait(Instant now) {
        Duration told = use.map(ReplicaUse::queueWait).orElse(Duration.ZERO);
        Duration seen =
                queuedSince.isBefore(now) ? Duration.between(queuedSince, now) : Duration.ZERO;
        return told.compareTo(seen) < 0 ? seen : told;
    }

    /** Whether its head said after that time that no request is there. */
    boolean isIdleSince(Instant at) {
        return useHeardAt.isAfter(at) && use.map(ReplicaUse::isIdle).orElse(false);
    }
}
