package assay.scheduler.sim;

import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.reconcile.ClusterEvent.HeldStage;
import assay.scheduler.core.reconcile.StagePhase;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What an agent knows by itself. Single-threaded; {@link Simulation} lets time pass for it. */
final class SimulatedAgent {
    /** A stage in its memory. */
    record Held(Epoch epoch, int index, LayerRange layers, boolean loaded) {}

    private final NodeSnapshot node;
    private final Map<ReplicaId, Held> held = new TreeMap<>();
    boolean up;

    /** 0 while there is none. */
    long session;

    SimulatedAgent(NodeSnapshot node) {
        this.node = node;
    }

    NodeSnapshot node() {
        return node;
    }

    NodeId id() {
        return node.id();
    }

    /** The process ends: its memory is gone. */
    void die() {
        up = false;
        session = 0;
        held.clear();
    }

    List<HeldStage> held() {
        return held.entrySet().stream()
                .map(entry ->
                        new HeldStage(
                                entry.getKey(),
                                entry.getValue().epoch(),
                                entry.getValue().index(),
                                entry.getValue().layers(),
                                entry.getValue().loaded() ? StagePhase.LOADED : StagePhase.LOADING))
                .toList();
    }

    Optional<Held> holds(ReplicaId replica, Epoch epoch) {
        return Optional.ofNullable(held.get(replica)).filter(it -> it.epoch().equals(epoch));
    }

    /** Whether the stage has to be loaded; false when it is older than what is held. */
    boolean take(ReplicaId replica, Epoch epoch, StageAssignment stage) {
        Held before = held.get(replica);
        if (before != null && before.epoch().compareTo(epoch) > 0) {
            return false;
        }
        boolean same = before != null && before.loaded() && before.layers().equals(stage.layers());
        held.put(replica, new Held(epoch, stage.index(), stage.layers(), same));
        return true;
    }

    void loaded(ReplicaId replica, Epoch epoch) {
        holds(replica, epoch)
                .ifPresent(it -> held.put(replica, new Held(epoch, it.index(), it.layers(), true)));
    }

    void drop(ReplicaId replica, Epoch epoch) {
        held.computeIfPresent(replica, (key, it) -> it.epoch().compareTo(epoch) <= 0 ? null : it);
    }
}
