package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The nodes as placement sees them, and what replicas have booked there. Kept up to date by what
 * happens and never rebuilt for a decision. Confined to the control loop.
 */
public final class Fleet {
    /**
     * What a replica holds.
     *
     * @param spec as it was when it was placed
     */
    record Booking(ReplicaId replica, DeploymentSpec spec, List<StageAssignment> stages) {}

    private final Map<NodeId, NodeSnapshot> nodes = new TreeMap<>();
    private final Map<ReplicaId, Booking> bookings = new TreeMap<>();
    private final Map<DeviceId, Bytes> taken = new HashMap<>();
    private final Map<DeploymentId, Map<NodeId, Integer>> homes = new HashMap<>();
    private final Measurements measurements = new Measurements();

    /** A node is new or has changed in any way. */
    public void put(NodeSnapshot node) {
        nodes.put(node.id(), node);
    }

    /** A node shall be forgotten; what is booked there stays booked. */
    public void remove(NodeId node) {
        nodes.remove(node);
    }

    /** The replica holds these stages and nothing else. */
    public void book(ReplicaId replica, DeploymentSpec spec, List<StageAssignment> stages) {
        free(replica);
        if (!stages.isEmpty()) {
            bookings.put(replica, new Booking(replica, spec, List.copyOf(stages)));
            for (StageAssignment stage : stages) {
                taken.merge(stage.device(), stage.need(), Bytes::plus);
                homes.computeIfAbsent(spec.id(), key -> new HashMap<>())
                        .merge(stage.device().node(), 1, Integer::sum);
            }
        }
    }

    /** The replica holds nothing any more. */
    public void free(ReplicaId replica) {
        Booking booking = bookings.remove(replica);
        if (booking != null) {
            for (StageAssignment stage : booking.stages()) {
                taken.merge(stage.device(), stage.need(), (all, mine) -> all.minusOrZero(mine));
                homes.getOrDefault(booking.spec().id(), new HashMap<>())
                        .computeIfPresent(
                                stage.device().node(),
                                (node, count) -> count == 1 ? null : count - 1);
            }
        }
    }

    Optional<Booking> booking(ReplicaId replica) {
        return Optional.ofNullable(bookings.get(replica));
    }

    /** What is booked on a device. */
    public Bytes booked(DeviceId device) {
        return taken.getOrDefault(device, Bytes.ZERO);
    }

    /** What stages may still book on a device; nothing where there is no such device. */
    public Bytes free(DeviceId device) {
        return device(device)
                .map(it -> it.capacity().minusOrZero(booked(device)))
                .orElse(Bytes.ZERO);
    }

    private Optional<DeviceSnapshot> device(DeviceId id) {
        return Optional.ofNullable(nodes.get(id.node())).stream()
                .flatMap(node -> node.devices().stream())
                .filter(device -> device.name().equals(id.name()))
                .findFirst();
    }

    Collection<NodeSnapshot> nodes() {
        return new ArrayList<>(nodes.values());
    }

    /** Whether the node already holds a part of the deployment. */
    boolean isHome(DeploymentId deployment, NodeId node) {
        return homes.getOrDefault(deployment, Map.of()).containsKey(node);
    }

    /** Nodes that hold a part of the deployment. */
    Set<NodeId> homes(DeploymentId deployment) {
        return Set.copyOf(homes.getOrDefault(deployment, Map.of()).keySet());
    }

    /** A stage was loaded: later ones of its version are booked by what it really takes. */
    public void measured(DeploymentSpec spec, StageAssignment stage, Bytes resident) {
        device(stage.device())
                .ifPresent(device ->
                        measurements.learn(
                                spec.version(),
                                spec.precision().weights(),
                                device.isGpu(),
                                stage.weights(),
                                resident));
    }

    /** What a stage of this needs on a card or on a processor. */
    StageNeeds needs(DeploymentSpec spec, boolean gpu) {
        return new StageNeeds(
                spec, gpu, measurements.ratio(spec.version(), spec.precision().weights(), gpu));
    }
}
