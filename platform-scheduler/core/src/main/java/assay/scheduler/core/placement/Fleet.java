package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
 * happens and never rebuilt for a decision: nodes lie in classes that rules can not tell apart, and
 * in each class they and their devices lie ordered by what is free. So a decision looks at classes
 * and at the heads of their orders, not at nodes. A change costs O(log devices), but for a label
 * that is asked for the first time: that sorts all nodes once. Confined to the control loop.
 */
public final class Fleet {
    /**
     * What a replica holds.
     *
     * @param spec as it was when it was placed
     * @param largest bytes of one stage
     */
    record Booking(
            ReplicaId replica, DeploymentSpec spec, List<StageAssignment> stages, long largest) {
        static Booking of(ReplicaId replica, DeploymentSpec spec, List<StageAssignment> stages) {
            long largest = 0;
            for (StageAssignment stage : stages) {
                largest = Math.max(largest, stage.need().value());
            }
            return new Booking(replica, spec, List.copyOf(stages), largest);
        }
    }

    /** Nodes of a rack that may be given stages, and what is free on all of them. */
    static final class Rack {
        final String name;
        final NavigableMap<Slot, FleetNode> nodes = new TreeMap<>();
        private final Map<FleetDevice.Kind, Integer> kinds = new HashMap<>();
        long free;

        private Rack(String name) {
            this.name = name;
        }

        private void add(FleetNode node) {
            put(node);
            node.alike.shape.forEach(kind -> count(kinds, kind, 1));
        }

        private void remove(FleetNode node) {
            take(node);
            node.alike.shape.forEach(kind -> count(kinds, kind, -1));
        }

        private void put(FleetNode node) {
            nodes.put(node.slot(), node);
            free += node.free;
        }

        private void take(FleetNode node) {
            if (nodes.remove(node.slot()) == null) {
                throw new IllegalStateException("a node was not in its rack");
            }
            free -= node.free;
        }

        /** Of which kinds its devices are. */
        Set<FleetDevice.Kind> mix() {
            return kinds.keySet();
        }
    }

    /** Who is on a node. */
    private static final class Occupants {
        private final SortedMap<ReplicaId, Integer> stages = new TreeMap<>();

        /** Stages of deployments that want their nodes for themselves. */
        private final SortedMap<DeploymentId, Integer> owners = new TreeMap<>();

        private void count(ReplicaId replica, DeploymentSpec spec, int change) {
            Fleet.count(stages, replica, change);
            if (spec.rules().exclusiveNodes()) {
                Fleet.count(owners, spec.id(), change);
            }
        }

        private Optional<DeploymentId> owner() {
            return owners.isEmpty() ? Optional.empty() : Optional.of(owners.firstKey());
        }
    }

    private static final Comparator<Booking> LARGEST =
            Comparator.comparingLong((Booking it) -> -it.largest()).thenComparing(Booking::replica);

    private final Map<NodeId, FleetNode> nodes = new LinkedHashMap<>();
    private final Map<DeviceId, FleetDevice> devices = new HashMap<>();
    private final Map<DeviceId, Booked> booked = new HashMap<>();
    private final Map<NodeTraits, NodeClass> classes = new LinkedHashMap<>();
    private final Map<String, Integer> labels = new HashMap<>();
    private final Set<String> asked = new HashSet<>();
    private final Map<String, Rack> racks = new TreeMap<>();
    private final Map<ReplicaId, Booking> bookings = new HashMap<>();
    private final NavigableMap<Integer, NavigableSet<Booking>> priorities = new TreeMap<>();
    private final Map<NodeId, Occupants> occupants = new HashMap<>();
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
            forget(before);
        }
        int sequence = before == null ? sequences++ : before.sequence;
        var node = new FleetNode(snapshot, sequence, alike(snapshot));
        for (int index = 0; index < snapshot.devices().size(); index++) {
            var id = new DeviceId(snapshot.id(), snapshot.devices().get(index).name());
            Booked there = booked.computeIfAbsent(id, key -> new Booked());
            var device = new FleetDevice(node, index, there);
            node.add(device);
            devices.put(device.id, device);
        }
        Occupants there = occupants.getOrDefault(snapshot.id(), new Occupants());
        node.isEmpty = there.stages.isEmpty();
        node.owner = there.owner();
        nodes.put(snapshot.id(), node);
        snapshot.labels().keySet().forEach(label -> count(labels, label, 1));
        node.alike.add(node);
        if (node.isOpen()) {
            racks.computeIfAbsent(node.rack(), Rack::new).add(node);
        }
    }

    /** A node shall be forgotten; what is booked there stays booked. */
    public void remove(NodeId id) {
        FleetNode node = nodes.remove(id);
        if (node != null) {
            forget(node);
        }
    }

    private void forget(FleetNode node) {
        node.alike.remove(node);
        if (node.alike.isEmpty()) {
            classes.remove(node.alike.traits);
        }
        node.snapshot.labels().keySet().forEach(label -> count(labels, label, -1));
        if (node.isOpen()) {
            Rack rack = rack(node);
            rack.remove(node);
            if (rack.nodes.isEmpty()) {
                racks.remove(node.rack());
            }
        }
        for (FleetDevice device : node.devices) {
            devices.remove(device.id);
            if (device.booked.all() == 0) {
                booked.remove(device.id);
            }
        }
    }

    private NodeClass alike(NodeSnapshot node) {
        return classes.computeIfAbsent(NodeTraits.of(node, asked), NodeClass::new);
    }

    private Rack rack(FleetNode node) {
        Rack rack = racks.get(node.rack());
        if (rack == null) {
            throw new IllegalStateException("a node is in no rack");
        }
        return rack;
    }

    /** The replica holds these stages and nothing else. */
    public void book(ReplicaId replica, DeploymentSpec spec, List<StageAssignment> stages) {
        free(replica);
        if (!stages.isEmpty()) {
            book(List.of(Booking.of(replica, spec, stages)));
        }
    }

    /** The replica holds nothing any more. */
    public void free(ReplicaId replica) {
        booking(replica).ifPresent(booking -> free(List.of(booking)));
    }

    /** For replicas that hold nothing now. */
    void book(Collection<Booking> added) {
        change(added, 1);
    }

    /** Of replicas that hold just that. */
    void free(Collection<Booking> removed) {
        change(removed, -1);
    }

    /** Each node and device leaves its orders once, however much of it changes. */
    private void change(Collection<Booking> changed, int sign) {
        Map<FleetNode, Set<FleetDevice>> touched = new LinkedHashMap<>();
        for (Booking booking : changed) {
            for (StageAssignment stage : booking.stages()) {
                FleetDevice device = devices.get(stage.device());
                if (device != null && device.isOpen()) {
                    touched.computeIfAbsent(device.node, key -> new LinkedHashSet<>()).add(device);
                }
            }
        }
        touched.forEach((node, some) -> {
            rack(node).take(node);
            node.alike.group(node).take(node, some);
        });
        changed.forEach(booking -> count(booking, sign));
        touched.forEach((node, some) -> {
            node.alike.group(node).put(node, some);
            rack(node).put(node);
        });
        for (Booking booking : changed) {
            booking.stages().forEach(stage -> settle(stage.device().node()));
        }
    }

    private void count(Booking booking, int sign) {
        DeploymentSpec spec = booking.spec();
        if (sign > 0) {
            bookings.put(booking.replica(), booking);
        } else {
            bookings.remove(booking.replica());
        }
        rank(booking, sign);
        Map<NodeId, Integer> home = homes.computeIfAbsent(spec.id(), key -> new HashMap<>());
        Map<DeviceId, Integer> held =
                tenants.computeIfAbsent(spec.rules().tenant().tenant(), key -> new HashMap<>());
        for (StageAssignment stage : booking.stages()) {
            DeviceId id = stage.device();
            book(id, spec.priority(), sign * stage.need().value());
            occupants
                    .computeIfAbsent(id.node(), key -> new Occupants())
                    .count(booking.replica(), spec, sign);
            count(home, id.node(), sign);
            count(held, id, sign);
        }
        if (home.isEmpty()) {
            homes.remove(spec.id());
        }
    }

    private void book(DeviceId id, int priority, long bytes) {
        FleetDevice device = devices.get(id);
        if (device != null) {
            device.book(priority, bytes);
            return;
        }
        Booked there = booked.computeIfAbsent(id, key -> new Booked());
        there.add(priority, bytes);
        if (there.all() == 0) {
            booked.remove(id);
        }
    }

    private void rank(Booking booking, int sign) {
        int priority = booking.spec().priority();
        if (sign > 0) {
            priorities.computeIfAbsent(priority, key -> new TreeSet<>(LARGEST)).add(booking);
        } else {
            priorities.computeIfPresent(
                    priority, (key, all) -> all.remove(booking) && all.isEmpty() ? null : all);
        }
    }

    private static <K> void count(Map<K, Integer> counts, K key, int change) {
        counts.merge(key, change, (a, b) -> a + b == 0 ? null : a + b);
    }

    /** Into the group of its class to which it belongs by who is there now. */
    private void settle(NodeId id) {
        Occupants there = occupants.getOrDefault(id, new Occupants());
        boolean empty = there.stages.isEmpty();
        if (empty) {
            occupants.remove(id);
        }
        FleetNode node = nodes.get(id);
        if (node != null && (empty != node.isEmpty || !there.owner().equals(node.owner))) {
            node.alike.remove(node);
            node.isEmpty = empty;
            node.owner = there.owner();
            node.alike.add(node);
        }
    }

    /** What is booked on a device. */
    public Bytes booked(DeviceId device) {
        Booked there = booked.get(device);
        return there == null ? Bytes.ZERO : Bytes.of(there.all());
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

    /**
     * Nodes that no rule tells apart but by who is there. Labels are told apart once they are asked
     * for, so that those that name a single node do not make a class of each.
     *
     * @param wanted labels that a rule looks at
     */
    Collection<NodeClass> classes(Set<String> wanted) {
        boolean isNew = false;
        for (String label : wanted) {
            isNew |= labels.containsKey(label) && asked.add(label);
        }
        if (isNew) {
            classes.clear();
            for (FleetNode node : nodes.values()) {
                node.alike = alike(node.snapshot);
                node.alike.add(node);
            }
        }
        return classes.values();
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

    /** What replicas of a priority hold, those with the largest stages first. */
    Collection<Booking> bookings(int priority) {
        return priorities.getOrDefault(priority, Collections.emptyNavigableSet());
    }

    /** What holds something on a node. */
    List<Booking> occupants(NodeId node) {
        Occupants there = occupants.get(node);
        if (there == null) {
            return List.of();
        }
        return there.stages.keySet().stream().flatMap(id -> booking(id).stream()).toList();
    }

    /** Nodes that hold a part of the deployment. */
    Set<NodeId> homes(DeploymentId deployment) {
        return homes.getOrDefault(deployment, Map.of()).keySet();
    }

    Optional<FleetNode> node(NodeId id) {
        return Optional.ofNullable(nodes.get(id));
    }

    /** Devices that are there and on which stages of the tenant stand. */
    List<FleetDevice> devices(String tenant) {
        return tenants.getOrDefault(tenant, Map.of()).keySet().stream()
                .flatMap(id -> device(id).stream())
                .toList();
    }

    /** Distinct cards on which stages of the tenant stand. */
    long cards(String tenant) {
        return devices(tenant).stream().filter(device -> device.kind.gpu()).count();
    }

    /** What a stage of this needs on a card or on a processor. */
    StageNeeds needs(DeploymentSpec spec, boolean gpu) {
        return new StageNeeds(
                spec, gpu, measurements.ratio(spec.version(), spec.precision().weights(), gpu));
    }
}
