package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.placement.FleetDevice.Kind;
import assay.scheduler.core.placement.LayerSplit.Place;
import assay.scheduler.core.placement.LayerSplit.Run;
import assay.scheduler.core.placement.LayerSplit.Split;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;

/**
 * Looks through the {@link DeviceSets} for the best split. Good for one decision, as long as
 * nothing is booked. Confined to the control loop.
 */
final class DeviceSearch {
    /**
     * A way to place a replica.
     *
     * @param devices of each stage
     * @param layers of each stage
     * @param slowestNanos of one device
     * @param hopNanos of all hops
     * @param near whether another replica of the deployment is nearer than is liked
     * @param left bytes free on the devices used: less leaves large holes whole
     */
    record Found(
            List<FleetDevice> devices,
            List<LayerRange> layers,
            long slowestNanos,
            long hopNanos,
            boolean near,
            long left) {
        private static final Comparator<Found> BEST =
                Comparator.comparingLong(Found::slowestNanos)
                        .thenComparing(Found::near)
                        .thenComparingLong(Found::hopNanos)
                        .thenComparingLong(Found::left)
                        .thenComparingInt(found -> found.devices().getFirst().node.sequence);

        boolean isBetterThan(Found other) {
            return BEST.compare(this, other) < 0;
        }
    }

    private final DeploymentSpec spec;
    private final Fleet fleet;
    private final Eligibility eligibility;
    private final StageNeeds onCpu;
    private final StageNeeds onGpu;
    private final Map<Kind, StageCosts> costs = new HashMap<>();
    private final boolean mayShare;
    private final Optional<Price> price;
    private final Set<FleetDevice> dear;

    /** What a way costs, before all else. */
    interface Price {
        int of(Found found);

        /** The devices on which a stage may cost something. */
        Set<FleetDevice> dear();
    }

    DeviceSearch(Wish wish, Fleet fleet) {
        this(wish, fleet, Optional.empty());
    }

    /**
     * @param price none where all ways cost the same
     */
    DeviceSearch(Wish wish, Fleet fleet, Optional<Price> price) {
        this.price = price;
        dear = price.map(Price::dear).orElse(Set.of());
        this.fleet = fleet;
        spec = wish.spec();
        mayShare = wish.spread() == Placement.Spread.APART_IF_POSSIBLE;
        eligibility = new Eligibility(wish, fleet);
        onCpu = fleet.needs(spec, false);
        onGpu = fleet.needs(spec, true);
    }

    StageNeeds needs(boolean gpu) {
        return gpu ? onGpu : onCpu;
    }

    /** Cards alone, and processors only where they do not hold it. */
    Optional<Found> find() {
        var cards = new DeviceSets(fleet, eligibility, true);
        Optional<Found> found = find(cards);
        if (found.isPresent()) {
            return found;
        }
        var all = new DeviceSets(fleet, eligibility, false);
        return all.kinds().equals(cards.kinds()) ? Optional.empty() : find(all);
    }

    private Optional<Found> find(DeviceSets sets) {
        if (sets.kinds().isEmpty()) {
            return Optional.empty();
        }
        if (spec.stages() > 0) {
            Optional<Found> found = of(spec.stages(), sets);
            return found.isEmpty() && mayShare ? shared(sets) : found;
        }
        Optional<Found> single = single(sets);
        if (single.isPresent()) {
            return single;
        }
        List<FleetDevice> roomiest = sets.roomiest();
        int most = Math.min(Math.min(onCpu.layerCount(), DeviceSets.MOST_STAGES), roomiest.size());
        long free = 0;
        int layers = 0;
        for (int count = 1; count <= most; count++) {
            FleetDevice device = roomiest.get(count - 1);
            free += device.free();
            layers += needs(device.kind.gpu()).mostLayers(device.free());
            if (count > 1 && free >= bytes(count) && layers >= onCpu.layerCount()) {
                Optional<Found> found = of(count, sets);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    /** Bytes that so many stages need at least. */
    private long bytes(int count) {
        long least = Long.MAX_VALUE;
        for (StageNeeds needs : List.of(onCpu, onGpu)) {
            long all = needs.bytes(0, needs.layerCount());
            least = Math.min(least, all + (count - 1) * needs.workspace());
        }
        return least;
    }

    private Optional<Found> of(int count, DeviceSets sets) {
        if (count == 1) {
            return single(sets);
        }
        var best = new ArrayList<Found>(1);
        Set<List<Object>> seen = new HashSet<>();
        sets.each(count, bytes(count), set -> consider(set, count, best, seen));
        return best.stream().findFirst();
    }

    /** The fastest kind of device that has room, and of that kind the tightest. */
    private Optional<Found> single(DeviceSets sets) {
        if (price.isPresent()) {
            return cheapest(sets);
        }
        int layers = onCpu.layerCount();
        Comparator<Kind> byTime =
                Comparator.comparingLong(kind -> needs(kind.gpu()).nanos(0, layers, kind.speed()));
        for (Kind kind : sets.kinds().stream().sorted(byTime).toList()) {
            StageNeeds needs = needs(kind.gpu());
            long bytes = needs.bytes(0, layers);
            List<NavigableMap<Slot, FleetDevice>> orders = sets.orders(kind);
            Optional<Found> found =
                    tightest(orders, bytes, false)
                            .map(device -> whole(device, needs, false))
                            .or(() ->
                                    tightest(orders, bytes, true)
                                            .map(device -> whole(device, needs, true)));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /**
     * The device with the least room of those that have so much.
     *
     * @param near whether it is nearer to another replica than is liked
     */
    private Optional<FleetDevice> tightest(
            List<NavigableMap<Slot, FleetDevice>> orders, long bytes, boolean near) {
        Optional<FleetDevice> best = Optional.empty();
        for (var order : orders) {
            for (FleetDevice device : order.tailMap(Slot.from(bytes)).values()) {
                boolean fits = eligibility.isNear(device.node) == near && !dear.contains(device);
                if (fits && eligibility.allows(device)) {
                    best = best.filter(it -> isTighter(it, device)).or(() -> Optional.of(device));
                    break;
                }
            }
        }
        return best;
    }

    private static boolean isTighter(FleetDevice one, FleetDevice other) {
        return one.slot().compareTo(other.slot()) < 0;
    }

    /** Of all devices that have room, the one that costs the least. */
    private Optional<Found> cheapest(DeviceSets sets) {
        var best = new ArrayList<Found>(1);
        for (Kind kind : sets.kinds()) {
            StageNeeds needs = needs(kind.gpu());
            long bytes = needs.bytes(0, needs.layerCount());
            List<NavigableMap<Slot, FleetDevice>> orders = sets.orders(kind);
            for (boolean near : new boolean[] {false, true}) {
                tightest(orders, bytes, near)
                        .ifPresent(device -> keep(whole(device, needs, near), best));
            }
            for (FleetDevice device : dear) {
                if (device.kind.equals(kind)
                        && device.free() >= bytes
                        && eligibility.allows(device)) {
                    keep(whole(device, needs, eligibility.isNear(device.node)), best);
                }
            }
        }
        return best.stream().findFirst();
    }

    private void keep(Found found, List<Found> best) {
        if (best.isEmpty()) {
            best.add(found);
            return;
        }
        int dearer =
                price.map(it -> Integer.compare(it.of(found), it.of(best.getFirst()))).orElse(0);
        if (dearer < 0 || (dearer == 0 && found.isBetterThan(best.getFirst()))) {
            best.set(0, found);
        }
    }

    private static Found whole(FleetDevice device, StageNeeds needs, boolean near) {
        var all = new LayerRange(0, needs.layerCount());
        long nanos = needs.nanos(0, needs.layerCount(), device.kind.speed());
        return new Found(List.of(device), List.of(all), nanos, 0, near, device.free());
    }

    private void consider(
            List<FleetDevice> set, int count, List<Found> best, Set<List<Object>> seen) {
        List<FleetDevice> allowed = eligibility.withinQuota(set);
        if (allowed.size() > count && isUniform(allowed)) {
            allowed = allowed.subList(0, count);
        }
        if (allowed.size() < count || !mayBeBetter(allowed, count, best)) {
            return;
        }
        for (List<FleetDevice> order : DeviceSets.orders(allowed)) {
            if (!seen.add(signature(order))) {
                continue;
            }
            List<Place> places = order.stream().map(device -> place(device, 1)).toList();
            LayerSplit.best(count, places, hops(order), bound(best))
                    .map(split -> found(split, order, places))
                    .ifPresent(found -> keep(found, best));
        }
    }

    private long bound(List<Found> best) {
        return best.isEmpty() || price.isPresent()
                ? Long.MAX_VALUE
                : best.getFirst().slowestNanos();
    }

    /** Alike in all that the search looks at: no device is better than another. */
    private boolean isUniform(List<FleetDevice> set) {
        FleetDevice first = set.getFirst();
        return set.stream()
                .allMatch(it ->
                        it.node == first.node
                                && it.kind.equals(first.kind)
                                && it.free() == first.free()
                                && it.snapshot.links().size() == first.snapshot.links().size());
    }

    /**
     * Whether the set's fastest devices, all layers spread evenly, would be as fast as the best.
     */
    private boolean mayBeBetter(List<FleetDevice> set, int count, List<Found> best) {
        if (best.isEmpty() || price.isPresent()) {
            return true;
        }
        double rate =
                set.stream()
                        .mapToDouble(device ->
                                1.0
                                        / needs(device.kind.gpu())
                                                .nanos(0, onCpu.layerCount(), device.kind.speed()))
                        .map(each -> -each)
                        .sorted()
                        .limit(count)
                        .sum();
        return -1 / rate <= best.getFirst().slowestNanos() + 1;
    }

    /** What two orders have in common for which the search would find the same. */
    private List<Object> signature(List<FleetDevice> order) {
        var signature = new ArrayList<Object>();
        Map<Object, Integer> places = new HashMap<>();
        for (FleetDevice device : order) {
            signature.add(device.kind);
            signature.add(device.free());
            signature.add(places.computeIfAbsent(device.node, key -> places.size()));
            signature.add(places.computeIfAbsent(device.node.rack(), key -> places.size()));
            signature.add(eligibility.isNear(device.node));
        }
        return signature;
    }

    private Place place(FleetDevice device, int stages) {
        StageCosts known =
                costs.computeIfAbsent(
                        device.kind, kind -> new StageCosts(needs(kind.gpu()), kind.speed()));
        return new Place(known, device.free(), stages);
    }

    private long[][] hops(List<FleetDevice> order) {
        long bytes = onCpu.hopBytes();
        var hops = new long[order.size()][order.size()];
        for (int from = 0; from < order.size(); from++) {
            for (int to = from + 1; to < order.size(); to++) {
                hops[from][to] = order.get(from).hopNanos(order.get(to), bytes);
            }
        }
        return hops;
    }

    private Found found(Split split, List<FleetDevice> order, List<Place> places) {
        var devices = new ArrayList<FleetDevice>();
        var layers = new ArrayList<LayerRange>();
        boolean near = false;
        long left = 0;
        for (Run run : split.runs()) {
            FleetDevice device = order.get(run.place());
            near |= eligibility.isNear(device.node);
            left += device.free();
            for (LayerRange stage :
                    LayerSplit.cut(run.layers(), places.get(run.place()).stages())) {
                devices.add(device);
                layers.add(stage);
            }
        }
        return new Found(devices, layers, split.slowestNanos(), split.hopNanos(), near, left);
    }

    /**
     * As many stages as asked for on fewer devices: neighbours share one, and its device counts as
     * one run.
     */
    private Optional<Found> shared(DeviceSets sets) {
        int stages = spec.stages();
        List<FleetDevice> roomiest = sets.roomiest();
        for (int count = Math.min(stages, roomiest.size()); count > 0; count--) {
            List<FleetDevice> order = roomiest.subList(0, count);
            var places = new ArrayList<Place>();
            for (int index = 0; index < count; index++) {
                int mine = stages * (index + 1) / count - stages * index / count;
                places.add(place(order.get(index), mine));
            }
            Optional<Split> split = LayerSplit.best(count, places, hops(order), Long.MAX_VALUE);
            if (split.isPresent()) {
                return Optional.of(found(split.get(), order, places));
            }
        }
        return Optional.empty();
    }
}
