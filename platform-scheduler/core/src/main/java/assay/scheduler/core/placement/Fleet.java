package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The nodes as placement sees them, and what replicas have booked there. Kept up to date by what
 * happens and never rebuilt for a decision: devices lie ordered by what is free on them, one order
 * for each kind, and nodes by what is free on all of theirs. A change costs O(log devices).
 * Confined to the control loop.
 */
public final class Fleet {
    /**
     * What a replica holds.
     *
     * @param spec as it was when it was placed
     */
    record Booking(ReplicaId replica, DeploymentSpec spec, List<StageAssignment> stages) {}

    /** Nodes of a rack that may be given stages, and what is free on all of them. */
    static final class Rack {
        final NavigableMap<Slot, FleetNode> nodes = new TreeMap<>();
        long free;

        private void add(FleetNode node) {
            nodes.put(node.slot(), node);
            free += node.free;
        }

        private void remove(FleetNode node) {
            if (nodes.remove(node.slot()) == null) {
                throw new IllegalStateException("a node was not in its rack");
            }
            free -= node.free;
        }
    }

    private final Map<NodeId, FleetNode> nodes = new LinkedHashMap<>();
    private final Map<DeviceId, FleetDevice> devices = new HashMap<>();
    private final Map<DeviceId, Long> booked = new HashMap<>();
    private final Map<FleetDevice.Kind, NavigableMap<Slot, FleetDevice>> kinds =
            new LinkedHashMap<>();
    private final Map<List<FleetDevice.Kind>, NavigableMap<Slot, FleetNode>> shapes =
            new LinkedHashMap<>();
    private final Map<String, Rack> racks = new TreeMap<>();
    private final Map<ReplicaId, Booking> bookings = new HashMap<>();
    private final NavigableMap<Integer, NavigableSet<ReplicaId>> priorities = new TreeMap<>();
    private final Map<NodeId, SortedMap<ReplicaId, Integer>> occupants = new HashMap<>();
    private final Map<DeploymentId, Map<NodeId, Integer>> homes = new HashMap<>();
    private final Map<String, Map<DeviceId, Integer>> tenants = new HashMap<>();
    private final Measurements measurements = new Measurements();
    private int sequences;

    /** A node is new or has changed in any way. */
    public void put(NodeSnapshot snapshot) {
        FleetNode before = nodes.get(snapshot.id());
        if (before != null && before.snapshot.equals(snapshot)) {
            return;
        }
        if (before != null) {
            unlist(before);
            before.devices.forEach(device -> devices.remove(device.id));
        }
        var node = new FleetNode(snapshot, before == null ? sequences++ : before.sequence);
        for (int index = 0; index < snapshot.devices().size(); index++) {
            var id = new DeviceId(snapshot.id(), snapshot.devices().get(index).name());
            var device = new FleetDevice(node, index, booked.getOrDefault(id, 0L));
            node.add(device);
            devices.put(device.id, device);
        }
        nodes.put(snapshot.id(), node);
        list(node);
    }

    /** A node shall be forgotten; what is booked there stays booked. */
    public void remove(NodeId id) {
        FleetNode node = nodes.remove(id);
        if (node != null) {
            unlist(node);
            node.devices.forEach(device -> devices.remove(device.id));
        }
    }

    /** Into the orders, as far as it may be given stages. */
    private void list(FleetNode node) {
        node.free = 0;
        for (FleetDevice device : node.devices) {
            if (device.isOpen()) {
                node.free += device.free();
                add(kinds, device.kind, device.slot(), device);
            }
        }
        if (node.isOpen()) {
            add(shapes, node.shape(), node.slot(), node);
            racks.computeIfAbsent(node.rack(), key -> new Rack()).add(node);
        }
    }

    private void unlist(FleetNode node) {
        for (FleetDevice device : node.devices) {
            if (device.isOpen()) {
                remove(kinds, device.kind, device.slot());
            }
        }
        if (node.isOpen()) {
            remove(shapes, node.shape(), node.slot());
            leave(node);
        }
    }

    private void leave(FleetNode node) {
        Rack rack = racks.getOrDefault(node.rack(), new Rack());
        rack.remove(node);
        if (rack.nodes.isEmpty()) {
            racks.remove(node.rack());
        }
    }

    private static <K, V> void add(
            Map<K, NavigableMap<Slot, V>> orders, K key, Slot slot, V value) {
        orders.computeIfAbsent(key, any -> new TreeMap<>()).put(slot, value);
    }

    private static <K, V> void remove(Map<K, NavigableMap<Slot, V>> orders, K key, Slot slot) {
        NavigableMap<Slot, V> order = orders.get(key);
        if (order == null || order.remove(slot) == null) {
            throw new IllegalStateException("a node or device was in no order");
        }
        if (order.isEmpty()) {
            orders.remove(key);
        }
    }

    /** The replica holds these stages and nothing else. */
    public void book(ReplicaId replica, DeploymentSpec spec, List<StageAssignment> stages) {
        free(replica);
        if (stages.isEmpty()) {
            return;
        }
        bookings.put(replica, new Booking(replica, spec, List.copyOf(stages)));
        priorities.computeIfAbsent(spec.priority(), key -> new TreeSet<>()).add(replica);
        for (StageAssignment stage : stages) {
            NodeId node = stage.device().node();
            change(stage.device(), stage.need().value());
            count(occupants.computeIfAbsent(node, key -> new TreeMap<>()), replica, 1);
            count(homes.computeIfAbsent(spec.id(), key -> new HashMap<>()), node, 1);
            count(tenant(spec), stage.device(), 1);
        }
    }

    /** The replica holds nothing any more. */
    public void free(ReplicaId replica) {
        Booking booking = bookings.remove(replica);
        if (booking == null) {
            return;
        }
        DeploymentSpec spec = booking.spec();
        priorities.computeIfPresent(
                spec.priority(),
                (priority, all) -> all.remove(replica) && all.isEmpty() ? null : all);
        for (StageAssignment stage : booking.stages()) {
            NodeId node = stage.device().node();
            change(stage.device(), -stage.need().value());
            count(occupants.getOrDefault(node, new TreeMap<>()), replica, -1);
            count(homes.getOrDefault(spec.id(), new HashMap<>()), node, -1);
            count(tenant(spec), stage.device(), -1);
        }
    }

    private static <K> void count(Map<K, Integer> counts, K key, int change) {
        counts.merge(key, change, (a, b) -> a + b == 0 ? null : a + b);
    }

    private Map<DeviceId, Integer> tenant(DeploymentSpec spec) {
        return tenants.computeIfAbsent(spec.rules().tenant().tenant(), key -> new HashMap<>());
    }

    private void change(DeviceId id, long bytes) {
        long now = booked.merge(id, bytes, Math::addExact);
        if (now == 0) {
            booked.remove(id);
        }
        FleetDevice device = devices.get(id);
        if (device == null) {
            return;
        }
        FleetNode node = device.node;
        if (device.isOpen()) {
            remove(kinds, device.kind, device.slot());
            remove(shapes, node.shape(), node.slot());
            leave(node);
            node.free -= device.free();
            device.booked(now);
            node.free += device.free();
            add(kinds, device.kind, device.slot(), device);
            add(shapes, node.shape(), node.slot(), node);
            racks.computeIfAbsent(node.rack(), key -> new Rack()).add(node);
        } else {
            device.booked(now);
        }
    }

    /** What is booked on a device. */
    public Bytes booked(DeviceId device) {
        return Bytes.of(booked.getOrDefault(device, 0L));
    }

    /** What stages may still book on a device; nothing where there is no such device. */
    public Bytes free(DeviceId id) {
        FleetDevice device = devices.get(id);
        return device == null ? Bytes.ZERO : Bytes.of(device.free());
    }

    /** A stage was loaded: later ones of its version are booked by what it really takes. */
    public void measured(DeploymentSpec spec, StageAssignment stage, Bytes resident) {
        FleetDevice device = devices.get(stage.device());
        if (device != null) {
            measurements.learn(
                    spec.version(),
                    spec.precision().weights(),
                    device.kind.gpu(),
                    stage.weights(),
                    resident);
        }
    }

    // ---------------------------------------------------------------- for decisions

    /** In the order in which they came. */
    Collection<FleetNode> nodes() {
        return Collections.unmodifiableCollection(nodes.values());
    }

    /** One more than the highest sequence of a node. */
    int sequences() {
        return sequences;
    }

    Optional<FleetDevice> device(DeviceId id) {
        return Optional.ofNullable(devices.get(id));
    }

    /** Kinds of which there are devices that may be given stages. */
    Set<FleetDevice.Kind> kinds() {
        return kinds.keySet();
    }

    /** Devices of a kind that may be given stages, the least free first. */
    NavigableMap<Slot, FleetDevice> devices(FleetDevice.Kind kind) {
        return kinds.getOrDefault(kind, Collections.emptyNavigableMap());
    }

    /** Nodes with equal devices that may be given stages, the least free first. */
    Map<List<FleetDevice.Kind>, NavigableMap<Slot, FleetNode>> shapes() {
        return shapes;
    }

    Collection<Rack> racks() {
        return racks.values();
    }

    Optional<Booking> booking(ReplicaId replica) {
        return Optional.ofNullable(bookings.get(replica));
    }

    /** Priorities below one, of replicas that hold something; the lowest first. */
    List<Integer> prioritiesBelow(int priority) {
        return List.copyOf(priorities.headMap(priority, false).keySet());
    }

    /** Replicas of a priority that hold something. */
    List<ReplicaId> replicas(int priority) {
        return List.copyOf(priorities.getOrDefault(priority, Collections.emptyNavigableSet()));
    }

    /** What holds something on a node. */
    List<Booking> occupants(NodeId node) {
        var found = new ArrayList<Booking>();
        for (ReplicaId replica :
                occupants.getOrDefault(node, Collections.emptySortedMap()).keySet()) {
            booking(replica).ifPresent(found::add);
        }
        return found;
    }

    /** Nodes that hold a part of the deployment. */
    Set<NodeId> homes(DeploymentId deployment) {
        return homes.getOrDefault(deployment, Map.of()).keySet();
    }

    Optional<FleetNode> node(NodeId id) {
        return Optional.ofNullable(nodes.get(id));
    }

    /** Distinct cards on which stages of the tenant stand. */
    long cards(String tenant) {
        return tenants.getOrDefault(tenant, Map.of()).keySet().stream()
                .filter(id -> devices.containsKey(id) && devices.get(id).kind.gpu())
                .count();
    }

    boolean holds(String tenant, DeviceId device) {
        return tenants.getOrDefault(tenant, Map.of()).containsKey(device);
    }

    /** What a stage of this needs on a card or on a processor. */
    StageNeeds needs(DeploymentSpec spec, boolean gpu) {
        return new StageNeeds(
                spec, gpu, measurements.ratio(spec.version(), spec.precision().weights(), gpu));
    }
}
