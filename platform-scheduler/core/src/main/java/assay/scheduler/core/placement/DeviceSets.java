package assay.scheduler.core.placement;

import assay.scheduler.core.placement.FleetDevice.Kind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The sets of devices that are worth a look for a number of stages: those of a node, of a rack, and
 * of the whole fleet. Bounded: of nodes that are alike one is looked at, and of each kind of set a
 * few. Good for one decision, as long as nothing is booked. Confined to the control loop.
 */
final class DeviceSets {
    /** Stages that a replica gets on its own; more must be asked for. */
    static final int MOST_STAGES = 64;

    /** Devices of a set beyond those that are needed: a split may leave out some. */
    private static final int MORE = 3;

    private static final int NODES_OF_A_SHAPE = 3;
    private static final int RACKS = 6;

    private static final Comparator<FleetDevice> ROOMIEST =
            Comparator.comparing(FleetDevice::slot).reversed();

    private final Fleet fleet;
    private final Eligibility eligibility;
    private final boolean cardsOnly;
    private final List<Kind> kinds;
    private final Map<Kind, List<FleetDevice>> roomiest = new HashMap<>();

    /**
     * @param cardsOnly whether processors are left out
     */
    DeviceSets(Fleet fleet, Eligibility eligibility, boolean cardsOnly) {
        this.fleet = fleet;
        this.eligibility = eligibility;
        this.cardsOnly = cardsOnly;
        kinds =
                fleet.kinds().stream()
                        .filter(this::takes)
                        .sorted(
                                Comparator.comparingLong(
                                                (Kind kind) -> -kind.speed().memoryBytesPerSecond())
                                        .thenComparingLong(kind -> -kind.speed().flops())
                                        .thenComparing(Kind::gpu))
                        .toList();
    }

    /** Kinds of which there are devices, the fastest first. */
    List<Kind> kinds() {
        return kinds;
    }

    private boolean takes(Kind kind) {
        return kind.gpu() || !cardsOnly;
    }

    /** Devices of a kind that may be used, the most free first; no more than could be needed. */
    List<FleetDevice> roomiest(Kind kind) {
        return roomiest.computeIfAbsent(
                kind,
                key -> {
                    var found = new ArrayList<FleetDevice>();
                    for (FleetDevice device : fleet.devices(key).descendingMap().values()) {
                        if (eligibility.allows(device)) {
                            found.add(device);
                            if (found.size() == MOST_STAGES + MORE) {
                                break;
                            }
                        }
                    }
                    return found;
                });
    }

    /** Devices of all kinds that may be used, the most free first. */
    List<FleetDevice> roomiest() {
        var all = new ArrayList<FleetDevice>();
        kinds().forEach(kind -> all.addAll(roomiest(kind)));
        all.sort(ROOMIEST);
        return all;
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
        for (var shape : fleet.shapes().entrySet()) {
            if (shape.getKey().stream().filter(this::takes).count() < count) {
                continue;
            }
            NavigableMap<Slot, FleetNode> nodes = shape.getValue();
            Set<List<Long>> seen = new HashSet<>();
            var next = Optional.ofNullable(nodes.ceilingEntry(Slot.from(bytes)));
            while (next.isPresent() && seen.size() < NODES_OF_A_SHAPE) {
                Slot slot = next.get().getKey();
                FleetNode node = next.get().getValue();
                boolean allowed = eligibility.allows(node);
                if (allowed) {
                    List<FleetDevice> devices = usable(node);
                    if (devices.size() >= count && seen.add(signature(devices))) {
                        to.accept(fastest(devices, count));
                    }
                }
                // Of nodes with as much free one is enough: they are alike more often than not.
                next =
                        Optional.ofNullable(
                                allowed
                                        ? nodes.ceilingEntry(Slot.from(slot.free() + 1))
                                        : nodes.higherEntry(slot));
            }
        }
    }

    private List<FleetDevice> usable(FleetNode node) {
        return node.devices.stream()
                .filter(device -> takes(device.kind) && eligibility.allows(device))
                .toList();
    }

    private static List<Long> signature(List<FleetDevice> devices) {
        return devices.stream().map(FleetDevice::free).toList();
    }

    private static List<FleetDevice> fastest(List<FleetDevice> devices, int count) {
        return devices.stream()
                .sorted(
                        Comparator.comparingLong(
                                        (FleetDevice it) -> -it.kind.speed().memoryBytesPerSecond())
                                .thenComparing(ROOMIEST))
                .limit(count + MORE)
                .toList();
    }

    private void ofRacks(int count, long bytes, Consumer<List<FleetDevice>> to) {
        List<Fleet.Rack> racks =
                fleet.racks().stream()
                        .filter(rack -> rack.nodes.size() > 1 && rack.free >= bytes)
                        .sorted(Comparator.comparingLong(rack -> rack.free))
                        .toList();
        Set<List<Long>> seen = new HashSet<>();
        for (Fleet.Rack rack : racks) {
            List<FleetDevice> devices =
                    rack.nodes.descendingMap().values().stream()
                            .filter(eligibility::allows)
                            .limit(count + MORE)
                            .flatMap(node -> usable(node).stream())
                            .toList();
            List<FleetDevice> chosen = fastest(devices, count);
            if (chosen.size() >= count && seen.add(signature(chosen))) {
                to.accept(chosen);
                to.accept(devices.stream().sorted(ROOMIEST).limit(count + MORE).toList());
                if (seen.size() == RACKS) {
                    return;
                }
            }
        }
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
                to.accept(fastest(faster, count));
            }
        }
        faster.sort(ROOMIEST);
        to.accept(faster.subList(0, Math.min(faster.size(), count + MORE)));
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
