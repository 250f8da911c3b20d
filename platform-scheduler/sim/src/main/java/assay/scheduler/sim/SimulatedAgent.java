package assay.scheduler.sim;

import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.reconcile.ClusterEvent.HeldStage;
import assay.scheduler.core.reconcile.StagePhase;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What an agent knows by itself. Single-threaded; {@link Simulation} lets time pass for it. */
final class SimulatedAgent {
    /** A stage in its memory. */
    record Held(Epoch epoch, LayerRange layers, boolean loaded) {}

    private record Key(ReplicaId replica, int index) {
        static final Comparator<Key> ORDER =
                Comparator.comparing(Key::replica).thenComparingInt(Key::index);
    }

    private NodeSnapshot node;
    private final Map<Key, Held> held = new TreeMap<>(Key.ORDER);
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

    /** Nothing it says or is told arrives; it knows nothing of it. */
    boolean cutOff;

    /** A device of it breaks, or is well again. */
    void turn(String device, boolean healthy) {
        node = node.with(device, healthy);
    }

    List<HeldStage> held() {
        return held.entrySet().stream()
                .map(entry ->
                        new HeldStage(
                                entry.getKey().replica(),
                                entry.getValue().epoch(),
                                entry.getKey().index(),
                                entry.getValue().layers(),
                                entry.getValue().loaded() ? StagePhase.LOADED : StagePhase.LOADING))
                .toList();
    }

    Optional<Held> holds(ReplicaId replica, Epoch epoch, int index) {
        return Optional.ofNullable(held.get(new Key(replica, index)))
                .filter(it -> it.epoch().equals(epoch));
    }

    /** Whether it has the first stage of a replica, whatever the epoch. */
    boolean isHead(ReplicaId replica) {
        return up
                && Optional.ofNullable(held.get(new Key(replica, 0)))
                        .filter(Held::loaded)
                        .isPresent();
    }

    /** The epoch under which it holds the first stage. */
    Optional<Epoch> headEpoch(ReplicaId replica) {
        return Optional.ofNullable(held.get(new Key(replica, 0))).map(Held::epoch);
    }

    /** Whether the stage has to be loaded; false when it is older than what is held. */
    boolean take(ReplicaId replica, Epoch epoch, StageAssignment stage) {
        var key = new Key(replica, stage.index());
        Held before = held.get(key);
        if (before != null && before.epoch().compareTo(epoch) > 0) {
            return false;
        }
        boolean same = before != null && before.loaded() && before.layers().equals(stage.layers());
        held.put(key, new Held(epoch, stage.layers(), same));
        return true;
    }

    void loaded(ReplicaId replica, Epoch epoch, int index) {
        holds(replica, epoch, index)
                .ifPresent(it ->
                        held.put(new Key(replica, index), new Held(epoch, it.layers(), true)));
    }

    void drop(ReplicaId replica, Epoch epoch) {
        held.entrySet()
                .removeIf(entry ->
                        entry.getKey().replica().equals(replica)
                                && entry.getValue().epoch().compareTo(epoch) <= 0);
    }

    /** Lets one stage go. */
    void drop(ReplicaId replica, int index) {
        held.remove(new Key(replica, index));
    }
}
