package assay.scheduler.core.placement;

import assay.scheduler.core.placement.FleetDevice.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The sets of devices that are worth a look for a number of stages: those of a node, of a rack, and
 * of the whole fleet. Bounded: of nodes and racks that are alike a few are looked at, and of each
 * kind of set a few. Good for one decision, as long as nothing is booked. Confined to the control
 * loop.
 */
final class DeviceSets {
    /** Stages that a replica gets on its own; more must be asked for. */
    static final int MOST_STAGES = 64;

    /** Devices of a set beyond those that are needed: a split may leave out some. */
    private static final int MORE = 2;

    /** Sets, of those that differ. */
    private static final int NODES_OF_A_SHAPE = 2;

    private static final int RACKS_OF_A_MIX = 3;

    /** Nodes and racks that are looked at for them. */
    private static final int LOOKS = 64;

    private static final int LOOKS_AT_RACKS = 8;

    private static final Comparator<FleetDevice> ROOMIEST =
            Comparator.comparingLong((FleetDevice it) -> -it.free())
                    .thenComparingInt(it -> -it.node.sequence)
                    .thenComparingInt(it -> -it.index);

    private static final Comparator<FleetDevice> FASTEST =
            Comparator.comparingLong((FleetDevice it) -> -it.kind.speed().memoryBytesPerSecond())
                    .thenComparing(ROOMIEST);

    private final Fleet fleet;
    private final Eligibility eligibility;
    private final boolean cardsOnly;
    private final List<Kind> kinds;
    private final Map<Kind, List<FleetDevice>> roomiest = new HashMap<>();
    private List<FleetDevice> roomiestOfAll = List.of();
    private final Map<String, Set<NodeGroup>> shapes = new TreeMap<>();
    private final Map<Set<Kind>, List<Fleet.Rack>> mixes = new LinkedHashMap<>();
    private final Map<List<Object>, Corner> corners = new HashMap<>();

    /**
     * Devices of the roomiest nodes of a rack that may be used, in two orders.
     *
     * @param fastest first
     * @param roomiest first
     */
    private record Corner(List<FleetDevice> fastest, List<FleetDevice> roomiest) {}

    /** The next device of an order. */
    private record Head(FleetDevice device, Iterator<FleetDevice> rest) {}

    /**
     * @param cardsOnly whether processors are left out
     */
    DeviceSets(Fleet fleet, Eligibility eligibility, boolean cardsOnly) {
        this.fleet = fleet;
        this.eligibility = eligibility;
        this.cardsOnly = cardsOnly;
        var found = new LinkedHashSet<Kind>();
        for (NodeGroup group : groups()) {
            found.addAll(group.kinds());
            shapes.computeIfAbsent(group.alike().shapeName, key -> new LinkedHashSet<>())
                    .add(group);
        }
        kinds =
                found.stream()
                        .filter(this::takes)
                        .sorted(
                                Comparator.comparingLong(
                                                (Kind kind) -> -kind.speed().memoryBytesPerSecond())
                                        .thenComparingLong(kind -> -kind.speed().flops())
                                        .thenComparing(Kind::gpu))
                        .toList();
    }

    private Set<NodeGroup> groups() {
        var all = new LinkedHashSet<>(eligibility.groups(true));
        if (!cardsOnly) {
            all.addAll(eligibility.groups(false));
        }
        return all;
    }

    /** Kinds of which there are devices, the fastest first. */
    List<Kind> kinds() {
        return kinds;
    }

    private boolean takes(Kind kind) {
        return kind.gpu() || !cardsOnly;
    }

    /**
     * Devices of a kind in several orders, each with the least free first; some may not be used.
     */
    List<NavigableMap<Slot, FleetDevice>> orders(Kind kind) {
        return eligibility.groups(kind.gpu()).stream()
                .map(group -> group.devices(kind))
                .filter(order -> !order.isEmpty())
                .toList();
    }

    /** Devices of a kind that may be used, the most free first; no more than could be needed. */
    List<FleetDevice> roomiest(Kind kind) {
        return roomiest.computeIfAbsent(
                kind,
                key -> {
                    var heads =
                            new PriorityQueue<Head>(Comparator.comparing(Head::device, ROOMIEST));
                    orders(key)
                            .forEach(order ->
                                    next(order.descendingMap().values().iterator(), heads));
                    var found = new LinkedHashSet<FleetDevice>();
                    while (!heads.isEmpty() && found.size() < MOST_STAGES + MORE) {
                        Head head = heads.remove();
                        if (eligibility.allows(head.device())) {
                            found.add(head.device());
                        }
                        next(head.rest(), heads);
                    }
                    return List.copyOf(found);
                });
    }

    private static void next(Iterator<FleetDevice> order, Queue<Head> heads) {
        if (order.hasNext()) {
            heads.add(new Head(order.next(), order));
        }
    }

    /** Devices of all kinds that may be used together, the most free first. */
    List<FleetDevice> roomiest() {
        if (roomiestOfAll.isEmpty()) {
            var all = new LinkedHashSet<FleetDevice>();
            kinds().forEach(kind -> all.addAll(roomiest(kind)));
            eligibility.held().stream().filter(device -> takes(device.kind)).forEach(all::add);
            roomiestOfAll = eligibility.withinQuota(all.stream().sorted(ROOMIEST).toList());
        }
        return roomiestOfAll;
    }

    /**
     * Hands out the sets, those first that tend to be fast.
     *
     * @param bytes that all stages together need at least
     */
    void each(int count, long bytes, Consumer<List<FleetDevice>> to) {
        ofTheFleet(count, to);
        ofRacks(count, bytes, to);
        ofNodes(count, bytes, to);
    }

    private void ofNodes(int count, long bytes, Consumer<List<FleetDevice>> to) {
        for (Set<NodeGroup> groups : shapes.values()) {
            List<Kind> shape = groups.iterator().next().alike().shape;
            if (shape.stream().filter(this::takes).count() >= count) {
                ofNodes(groups, count, bytes, to);
            }
        }
    }

    /** The tightest that have room and differ. */
    private void ofNodes(
            Set<NodeGroup> groups, int count, long bytes, Consumer<List<FleetDevice>> to) {
        Set<List<Long>> seen = new HashSet<>();
        Slot from = Slot.from(bytes);
        for (int look = 0; look < LOOKS && seen.size() < NODES_OF_A_SHAPE; look++) {
            Optional<FleetNode> next = next(groups, from);
            if (next.isEmpty()) {
                return;
            }
            FleetNode node = next.get();
            boolean allowed = eligibility.allows(node);
            if (allowed) {
                List<FleetDevice> devices = usable(node);
                if (devices.size() >= count && seen.add(signature(devices))) {
                    to.accept(first(devices.stream().sorted(FASTEST).toList(), count));
                }
            }
            // Of nodes with as much free one is enough: they are alike more often than not.
            from = allowed ? Slot.from(node.free + 1) : new Slot(node.free, node.sequence, 1);
        }
    }

    private static Optional<FleetNode> next(Set<NodeGroup> groups, Slot from) {
        return groups.stream()
                .flatMap(group -> Optional.ofNullable(group.nodes().ceilingEntry(from)).stream())
                .min(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue);
    }

    private List<FleetDevice> usable(FleetNode node) {
        return node.devices.stream()
                .filter(device -> takes(device.kind) && eligibility.allows(device))
                .toList();
    }

    private static List<Long> signature(List<FleetDevice> devices) {
        return devices.stream().map(FleetDevice::free).toList();
    }

    /** As many as are needed, and a few more. */
    private static List<FleetDevice> first(List<FleetDevice> devices, int count) {
        return devices.subList(0, Math.min(devices.size(), count + MORE));
    }

    private void ofRacks(int count, long bytes, Consumer<List<FleetDevice>> to) {
        for (List<Fleet.Rack> alike : mixes().values()) {
            Set<List<Long>> seen = new HashSet<>();
            int looks = 0;
            for (Fleet.Rack rack : alike) {
                if (rack.free < bytes || !hasUsable(rack)) {
                    continue;
                }
                Corner corner = corner(rack, count);
                List<FleetDevice> chosen = first(corner.fastest(), count);
                if (chosen.size() >= count && seen.add(signature(chosen))) {
                    to.accept(chosen);
                    to.accept(first(corner.roomiest(), count));
                }
                if (seen.size() == RACKS_OF_A_MIX || ++looks == LOOKS_AT_RACKS) {
                    break;
                }
            }
        }
    }

    /** Racks of several nodes by what their devices are, those with the least free first. */
    private Map<Set<Kind>, List<Fleet.Rack>> mixes() {
        if (mixes.isEmpty()) {
            fleet.racks().stream()
                    .filter(rack -> rack.nodes.size() > 1)
                    .sorted(Comparator.comparingLong(rack -> rack.free))
                    .forEach(rack ->
                            mixes.computeIfAbsent(rack.mix(), key -> new ArrayList<>()).add(rack));
        }
        return mixes;
    }

    private boolean hasUsable(Fleet.Rack rack) {
        for (FleetNode node : rack.nodes.values()) {
            if (eligibility.allows(node)) {
                return true;
            }
        }
        return false;
    }

    private Corner corner(Fleet.Rack rack, int count) {
        // The next power of two, so that the next counts find it made.
        int nodes = 2 * Integer.highestOneBit(count + MORE);
        return corners.computeIfAbsent(
                List.of(rack, nodes),
                key -> {
                    List<FleetDevice> devices =
                            rack.nodes.descendingMap().values().stream()
                                    .filter(eligibility::allows)
                                    .limit(nodes)
                                    .flatMap(node -> usable(node).stream())
                                    .toList();
                    return new Corner(
                            devices.stream().sorted(FASTEST).toList(),
                            devices.stream().sorted(ROOMIEST).toList());
                });
    }

    private void ofTheFleet(int count, Consumer<List<FleetDevice>> to) {
        var faster = new ArrayList<FleetDevice>();
        for (Kind kind : kinds()) {
            List<FleetDevice> all = roomiest(kind);
            if (all.size() >= count) {
                to.accept(all.subList(0, Math.min(all.size(), count + MORE)));
            }
            faster.addAll(all.subList(0, Math.min(all.size(), count)));
            if (faster.size() > all.size() && faster.size() >= count) {
                to.accept(first(faster.stream().sorted(FASTEST).toList(), count));
            }
        }
        to.accept(first(roomiest(), count));
    }

    /**
     * Orders in which a chain may go through a set: what is near stays together. All of them while
     * there are three nodes or fewer, else from the fastest to the slowest and back.
     */
    static List<List<FleetDevice>> orders(List<FleetDevice> set) {
        Map<FleetNode, List<FleetDevice>> groups = new LinkedHashMap<>();
        set.stream()
                .sorted(
                        Comparator.comparingLong(
                                        (FleetDevice it) -> -it.kind.speed().memoryBytesPerSecond())
                                .thenComparing(it -> it.node.rack())
                                .thenComparingInt(it -> it.node.sequence)
                                .thenComparingInt(it -> it.index))
                .forEach(it -> groups.computeIfAbsent(it.node, key -> new ArrayList<>()).add(it));
        var nodes = new ArrayList<>(groups.values());
        if (isUniform(set) || nodes.size() == 1) {
            List<FleetDevice> forth = joined(nodes);
            return isUniform(set) ? List.of(forth) : List.of(forth, forth.reversed());
        }
        if (nodes.size() > 3) {
            List<FleetDevice> forth = joined(nodes);
            return List.of(forth, forth.reversed());
        }
        var orders = new ArrayList<List<FleetDevice>>();
        permute(nodes, 0, orders);
        return orders;
    }

    private static boolean isUniform(List<FleetDevice> set) {
        FleetDevice first = set.getFirst();
        return set.stream().allMatch(it -> it.kind.equals(first.kind) && it.free() == first.free());
    }

    private static void permute(
            List<List<FleetDevice>> nodes, int from, List<List<FleetDevice>> orders) {
        if (from == nodes.size()) {
            orders.add(joined(nodes));
            return;
        }
        for (int index = from; index < nodes.size(); index++) {
            Collections.swap(nodes, from, index);
            permute(nodes, from + 1, orders);
            Collections.swap(nodes, from, index);
        }
    }

    private static List<FleetDevice> joined(List<List<FleetDevice>> nodes) {
        return nodes.stream().flatMap(List::stream).toList();
    }
}
