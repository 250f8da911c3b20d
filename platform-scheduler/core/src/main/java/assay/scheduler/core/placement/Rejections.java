package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.Rejection;
import assay.scheduler.core.cluster.Rejection.Filter;
import assay.scheduler.core.placement.Eligibility.Verdict;
import assay.scheduler.core.placement.FleetDevice.Kind;
import assay.scheduler.core.placement.NodeTraits.DeviceTraits;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * What turned away each node and device that a wish may not use: counted for all, told one by one
 * for the nearest. Nodes of a group are counted together; one by one are looked at only those of
 * which something is true that is not true of their group. Good for one decision. Confined to the
 * control loop.
 */
final class Rejections {
    /** Memory first: it is what can be helped by asking for less. */
    private static final Comparator<Rejection> NEAREST =
            Comparator.comparing(Rejections::isAboutMore)
                    .thenComparing(Rejection::filter)
                    .thenComparing(Rejection::missing)
                    .thenComparing(Rejection::node)
                    .thenComparing(Rejection::device);

    private static final Verdict SHORT = new Verdict(Filter.MEMORY_SHORT, "");
    private static final Verdict TOO_FEW = new Verdict(Filter.TOO_FEW, "");

    private final int most;
    private final Eligibility eligibility;
    private final long onCpu;
    private final long onGpu;
    private final Map<NodeGroup, Set<FleetNode>> special = new HashMap<>();
    private final Map<Filter, Integer> counts = new EnumMap<>(Filter.class);
    private final PriorityQueue<Rejection> shown = new PriorityQueue<>(NEAREST.reversed());

    /**
     * @param most that are told one by one
     * @param onCpu bytes that a stage needs on a processor
     * @param onGpu bytes that a stage needs on a card
     */
    Rejections(int most, Eligibility eligibility, long onCpu, long onGpu) {
        this.most = most;
        this.eligibility = eligibility;
        this.onCpu = onCpu;
        this.onGpu = onGpu;
        for (FleetNode node : eligibility.special()) {
            special.computeIfAbsent(node.alike.group(node), key -> new HashSet<>()).add(node);
        }
        eligibility.classes().forEach(alike -> alike.groups().forEach(this::take));
    }

    private static boolean isAboutMore(Rejection rejection) {
        return rejection.filter() != Filter.MEMORY_SHORT && rejection.filter() != Filter.TOO_FEW;
    }

    /** Nodes and devices that each filter turned away. */
    Map<Filter, Integer> counts() {
        return counts;
    }

    /** The nearest misses first. */
    List<Rejection> nearest() {
        return shown.stream().sorted(NEAREST).toList();
    }

    private void take(NodeGroup group) {
        Set<FleetNode> apart = special.getOrDefault(group, Set.of());
        apart.forEach(this::take);
        int plain = group.nodes().size() - apart.size();
        Collection<FleetNode> some =
                group.nodes().values().stream()
                        .filter(node -> !apart.contains(node))
                        .limit(Math.max(1, most))
                        .toList();
        if (some.isEmpty()) {
            return;
        }
        FleetNode any = some.iterator().next();
        Optional<Verdict> verdict = eligibility.verdict(any);
        if (verdict.isPresent()) {
            count(verdict.get(), plain);
            // Each with its own detail: who is there differs.
            some.forEach(node -> show(node, "", eligibility.verdict(node).orElseThrow(), 0, 0));
            return;
        }
        for (FleetDevice device : any.devices) {
            Optional<Verdict> ofAll = verdict(device);
            if (ofAll.isPresent()) {
                count(ofAll.get(), plain);
                some.forEach(node -> show(node.devices.get(device.index), ofAll.get(), 0, 0));
            }
        }
        for (Kind kind : group.kinds()) {
            List<FleetDevice> ofKind =
                    any.devices.stream()
                            .filter(device -> device.isOpen() && device.kind.equals(kind))
                            .toList();
            long free = ofKind.stream().filter(device -> verdict(device).isEmpty()).count();
            if (free == ofKind.size()) {
                measure(group, kind, apart);
            } else if (free > 0) {
                measureEach(group, kind, apart);
            }
        }
    }

    private Optional<Verdict> verdict(FleetDevice device) {
        DeviceTraits traits = device.node.alike.traits.devices().get(device.index);
        Optional<Verdict> verdict = eligibility.verdict(traits);
        return verdict.isPresent() ? verdict : eligibility.overQuota(device);
    }

    /** Devices of which some may be used: cards of one speed under several names. */
    private void measureEach(NodeGroup group, Kind kind, Set<FleetNode> apart) {
        for (FleetDevice device : group.devices(kind).values()) {
            if (!apart.contains(device.node) && verdict(device).isEmpty()) {
                measure(device);
            }
        }
    }

    /** Devices that nothing but memory can turn away. */
    private void measure(NodeGroup group, Kind kind, Set<FleetNode> apart) {
        long need = need(kind);
        int[] hidden = new int[2];
        for (FleetNode node : apart) {
            for (FleetDevice device : node.devices) {
                if (device.isOpen() && device.kind.equals(kind)) {
                    hidden[device.free() < need ? 0 : 1]++;
                }
            }
        }
        int below = group.below(kind, need);
        count(SHORT, below - hidden[0]);
        count(TOO_FEW, group.devices(kind).size() - below - hidden[1]);
        var order = group.devices(kind);
        show(order.headMap(Slot.from(need), false).descendingMap().values(), apart);
        show(order.tailMap(Slot.from(need), true).values(), apart);
    }

    private void show(Collection<FleetDevice> devices, Set<FleetNode> apart) {
        int count = 0;
        for (FleetDevice device : devices) {
            if (count++ >= most + apart.size()) {
                return;
            }
            if (!apart.contains(device.node)) {
                long missing = Math.max(0, need(device.kind) - device.free());
                show(device, missing > 0 ? SHORT : TOO_FEW, device.free(), missing);
            }
        }
    }

    private long need(Kind kind) {
        return kind.gpu() ? onGpu : onCpu;
    }

    private void take(FleetNode node) {
        Optional<Verdict> verdict = eligibility.verdict(node);
        if (verdict.isPresent()) {
            count(verdict.get(), 1);
            show(node, "", verdict.get(), 0, 0);
            return;
        }
        for (FleetDevice device : node.devices) {
            Optional<Verdict> ofDevice = verdict(device);
            if (ofDevice.isPresent()) {
                count(ofDevice.get(), 1);
                show(device, ofDevice.get(), 0, 0);
            } else {
                measure(device);
            }
        }
    }

    private void measure(FleetDevice device) {
        long missing = Math.max(0, need(device.kind) - device.free());
        Verdict verdict = missing > 0 ? SHORT : TOO_FEW;
        count(verdict, 1);
        show(device, verdict, device.free(), missing);
    }

    private void count(Verdict verdict, int many) {
        if (many > 0) {
            counts.merge(verdict.filter(), many, Integer::sum);
        }
    }

    private void show(FleetDevice device, Verdict verdict, long free, long missing) {
        show(device.node, device.snapshot.name(), verdict, free, missing);
    }

    private void show(FleetNode node, String device, Verdict verdict, long free, long missing) {
        var rejection =
                new Rejection(
                        node.snapshot.id(),
                        node.snapshot.name(),
                        device,
                        verdict.filter(),
                        Bytes.of(free),
                        Bytes.of(missing),
                        verdict.detail());
        shown.add(rejection);
        if (shown.size() > most) {
            shown.remove();
        }
    }
}
