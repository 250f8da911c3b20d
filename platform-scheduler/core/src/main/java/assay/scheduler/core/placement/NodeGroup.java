package assay.scheduler.core.placement;

import assay.scheduler.core.placement.FleetDevice.Kind;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Nodes in order of what is free on all of their devices, and the devices of each kind in order of
 * what is free on them, as far as they may be given stages. A change costs O(log devices). Confined
 * to the control loop.
 */
final class NodeGroup {
    private final NavigableMap<Slot, FleetNode> nodes = new TreeMap<>();
    private final Map<Kind, NavigableMap<Slot, FleetDevice>> devices = new LinkedHashMap<>();

    /** How many devices of a kind have how many gibibytes free, the last and more. */
    private final Map<Kind, int[]> counts = new HashMap<>();

    private static final int BUCKETS = 256;
    private static final int GIBI = 30;

    /** A group of its own for a few nodes, for one decision: nobody keeps it up to date. */
    static NodeGroup of(Collection<FleetNode> some) {
        var group = new NodeGroup();
        some.forEach(group::add);
        return group;
    }

    void add(FleetNode node) {
        put(node, node.devices);
    }

    void remove(FleetNode node) {
        take(node, node.devices);
    }

    /** Out of the orders, while something changes on some of the node's devices. */
    void take(FleetNode node, Collection<FleetDevice> some) {
        if (nodes.remove(node.slot()) == null) {
            throw new IllegalStateException("a node was not in its group");
        }
        some.forEach(this::remove);
    }

    /** Into the orders again. */
    void put(FleetNode node, Collection<FleetDevice> some) {
        nodes.put(node.slot(), node);
        some.forEach(this::add);
    }

    private void add(FleetDevice device) {
        if (device.isOpen()) {
            devices.computeIfAbsent(device.kind, key -> new TreeMap<>()).put(device.slot(), device);
            counts.computeIfAbsent(device.kind, key -> new int[BUCKETS])[bucket(device.free())]++;
        }
    }

    private void remove(FleetDevice device) {
        if (device.isOpen()) {
            NavigableMap<Slot, FleetDevice> order = devices(device.kind);
            if (order.remove(device.slot()) == null) {
                throw new IllegalStateException("a device was not in its group");
            }
            int[] count = counts.getOrDefault(device.kind, new int[BUCKETS]);
            count[bucket(device.free())]--;
            if (order.isEmpty()) {
                devices.remove(device.kind);
                counts.remove(device.kind);
            }
        }
    }

    boolean isEmpty() {
        return nodes.isEmpty();
    }

    /** The least free first. */
    NavigableMap<Slot, FleetNode> nodes() {
        return nodes;
    }

    /** A class of one of its nodes: the others' are of the same shape. */
    NodeClass alike() {
        return nodes.firstEntry().getValue().alike;
    }

    /** Kinds of which there are devices. */
    Collection<Kind> kinds() {
        return devices.keySet();
    }

    /** How many devices of a kind have less than so many bytes free. */
    int below(Kind kind, long bytes) {
        int[] count = counts.get(kind);
        if (count == null) {
            return 0;
        }
        int last = bucket(bytes);
        int sum = 0;
        for (int bucket = 0; bucket < last; bucket++) {
            sum += count[bucket];
        }
        var from = Slot.from((long) last << GIBI);
        return sum + devices(kind).subMap(from, Slot.from(bytes)).size();
    }

    private static int bucket(long bytes) {
        return (int) Math.min(bytes >> GIBI, BUCKETS - 1);
    }

    /** Devices of a kind that may be given stages, the least free first. */
    NavigableMap<Slot, FleetDevice> devices(Kind kind) {
        return devices.getOrDefault(kind, Collections.emptyNavigableMap());
    }
}
