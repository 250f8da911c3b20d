package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A replica as the reconciler knows it. Confined to the control loop, changed by it alone. */
public final class Replica {
    private final ReplicaId id;
    private final DeploymentId deployment;
    Epoch epoch;
    ReplicaState state;
    String reason;
    List<Stage> stages;

    /** Restored with an epoch that agents may still be running. */
    boolean adoptable;

    Instant placeKeptUntil = Instant.MAX;
    Instant retryAt = Instant.MIN;
    Instant probedAt = Instant.MIN;
    Instant lastTokenAt = Instant.EPOCH;
    int probesUnanswered;
    int failures;

    Replica(ReplicaId id, DeploymentId deployment) {
        this.id = id;
        this.deployment = deployment;
        epoch = Epoch.NONE;
        state = ReplicaState.WAITING;
        reason = "";
        stages = List.of();
    }

    /**
     * As it was stored by an earlier scheduler. What had a place is broken until its nodes are
     * back, however well it is: nobody has told this scheduler.
     */
    static Replica restored(Stored stored, Instant now, Instant placeKeptUntil) {
        var replica = new Replica(stored.id(), stored.deployment());
        replica.epoch = stored.epoch();
        if (!stored.stages().isEmpty()) {
            replica.state = ReplicaState.BROKEN;
            replica.reason = "the scheduler started anew; waiting for its nodes";
            replica.adoptable = true;
            replica.placeKeptUntil = placeKeptUntil;
            replica.stages =
                    stored.stages().stream()
                            .map(stage -> Stage.assigned(stage, now).in(StagePhase.LOST, now))
                            .toList();
        }
        return replica;
    }

    /** What a store holds of a replica. */
    public record Stored(
            ReplicaId id, DeploymentId deployment, Epoch epoch, List<StageAssignment> stages) {
        public Stored {
            stages = List.copyOf(stages);
        }
    }

    public ReplicaId id() {
        return id;
    }

    public DeploymentId deployment() {
        return deployment;
    }

    public Epoch epoch() {
        return epoch;
    }

    public ReplicaState state() {
        return state;
    }

    /** Why it is not serving, in words; empty when it is. */
    public String reason() {
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

    public List<StageAssignment> assignments() {
        return stages.stream().map(Stage::assignment).toList();
    }

    boolean isOn(NodeId node) {
        return stages.stream().anyMatch(stage -> stage.node().equals(node));
    }

    boolean all(StagePhase phase) {
        return !stages.isEmpty() && stages.stream().allMatch(stage -> stage.phase() == phase);
    }

    /** Replaces the stage at an index. */
    void set(int index, Stage stage) {
        var changed = new ArrayList<>(stages);
        changed.set(index, stage);
        stages = List.copyOf(changed);
    }

    /** Replaces every stage on a node. */
    void setOn(NodeId node, UnaryOperator<Stage> change) {
        stages =
                stages.stream()
                        .map(stage -> stage.node().equals(node) ? change.apply(stage) : stage)
                        .toList();
    }
}
