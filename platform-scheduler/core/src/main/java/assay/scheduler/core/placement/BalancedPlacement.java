package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.DeviceSnapshot;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.NodeDuty;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.NodeSnapshot;
import assay.scheduler.core.cluster.NodeState;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementDecision.Refused;
import assay.scheduler.core.cluster.PlacementDecision.Waiting;
import assay.scheduler.core.cluster.Rejection;
import assay.scheduler.core.cluster.Rejection.Filter;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.cluster.StagePlan;
import assay.scheduler.core.cluster.WouldFit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;

/**
 * Goals: as few stages as fit (or the number asked for); stages of even bytes; replicas of one
 * deployment apart from each other; large holes left whole.
 *
 * <p>Hard constraints: a device never gets more than its capacity less what is booked; a layer is
 * never cut; only healthy devices of nodes that are ready get anything.
 *
 * <p>Algorithm: for each number of stages, the even split of {@link LayerSplit}, its largest stage
 * first to the tightest device that fits, on nodes of their own; else the uneven split over the
 * {@value #ROOMS} largest nodes. Where nodes may be shared, the same on devices of their own, and
 * at last (only for a number of stages that was asked for) on shared devices. Stateless.
 */
public final class BalancedPlacement implements Placement {
    private static final int ROOMS = 12;

    /** How far stages of one replica must be from each other. */
    private enum Apart {
        NODES,
        DEVICES,
        NOT
    }

    private record Room(DeviceId device, long free, boolean home) {}

    @Override
    public PlacementDecision place(Wish wish, Fleet fleet) {
        var own = fleet.booking(wish.replica());
        fleet.free(wish.replica());
        try {
            return decide(wish, fleet);
        } finally {
            own.ifPresent(it -> fleet.book(it.replica(), it.spec(), it.stages()));
        }
    }

    private static PlacementDecision decide(Wish wish, Fleet fleet) {
        DeploymentSpec spec = wish.spec();
        StageNeeds needs = fleet.needs(spec, false);
        if (spec.stages() > needs.layerCount()) {
            return new Refused(
                    "STAGE_COUNT_INVALID",
                    "stages: %d (expected: 0..%d)".formatted(spec.stages(), needs.layerCount()));
        }
        List<Room> rooms = rooms(wish, fleet);
        boolean fixed = spec.stages() > 0;
        int least = fixed ? spec.stages() : 1;
        int most = fixed ? spec.stages() : Math.min(needs.layerCount(), Math.max(1, rooms.size()));
        for (int stages = least; stages <= most; stages++) {
            List<StageAssignment> placed = fit(needs, stages, rooms, wish.spread(), fixed);
            if (!placed.isEmpty()) {
                return new Placed(plans(placed, fleet), List.of());
            }
        }
        return waiting(wish, needs, LayerSplit.even(needs, most), fleet);
    }

    /** Empty when there is no room for so many stages. */
    private static List<StageAssignment> fit(
            StageNeeds needs, int stages, List<Room> rooms, Spread spread, boolean fixed) {
        List<LayerRange> even = LayerSplit.even(needs, stages);
        List<StageAssignment> placed = fit(needs, even, rooms, Apart.NODES);
        if (placed.isEmpty()) {
            placed = unevenly(needs, stages, largestOfEachNode(rooms));
        }
        if (placed.isEmpty() && spread == Spread.APART_IF_POSSIBLE) {
            placed = fit(needs, even, rooms, Apart.DEVICES);
            if (placed.isEmpty()) {
                placed = unevenly(needs, stages, rooms);
            }
            if (placed.isEmpty() && fixed) {
                placed = fit(needs, even, rooms, Apart.NOT);
            }
        }
        return placed;
    }

    private static List<Room> largestOfEachNode(List<Room> rooms) {
        var largest = new HashMap<NodeId, Room>();
        for (Room room : rooms) {
            largest.merge(room.device().node(), room, (a, b) -> a.free() >= b.free() ? a : b);
        }
        return List.copyOf(largest.values());
    }

    private static List<Room> rooms(Wish wish, Fleet fleet) {
        var rooms = new ArrayList<Room>();
        for (NodeSnapshot node : fleet.nodes()) {
            if (node.state() == NodeState.READY
                    && node.duty() == NodeDuty.OPEN
                    && !wish.avoided().contains(node.id())) {
                boolean home = fleet.isHome(wish.spec().id(), node.id());
                for (DeviceSnapshot device : node.devices()) {
                    if (device.healthy()) {
                        var id = new DeviceId(node.id(), device.name());
                        rooms.add(new Room(id, fleet.free(id).value(), home));
                    }
                }
            }
        }
        rooms.sort(
                Comparator.comparing(Room::home)
                        .thenComparingLong(Room::free)
                        .thenComparing(Room::device));
        return rooms;
    }

    private static List<StagePlan> plans(List<StageAssignment> stages, Fleet fleet) {
        return stages.stream()
                .map(stage ->
                        new StagePlan(
                                stage,
                                Duration.ZERO,
                                Duration.ZERO,
                                fleet.free(stage.device()).minusOrZero(stage.need()),
                                0))
                .toList();
    }

    /**
     * The largest stage chooses first. With a room for each stage alone any choice among those that
     * fit is as good as another for what is left, since smaller stages fit wherever larger ones do.
     */
    private static List<StageAssignment> fit(
            StageNeeds needs, List<LayerRange> split, List<Room> rooms, Apart apart) {
        var order = new ArrayList<Integer>();
        for (int index = 0; index < split.size(); index++) {
            order.add(index);
        }
        order.sort(
                Comparator.comparingLong((Integer index) -> -bytes(needs, split.get(index)))
                        .thenComparing(Comparator.naturalOrder()));
        var left = new ArrayList<>(rooms);
        var placed = new ArrayList<StageAssignment>();
        for (int index : order) {
            long need = bytes(needs, split.get(index));
            var found = left.stream().filter(room -> room.free() >= need).findFirst();
            if (found.isEmpty()) {
                return List.of();
            }
            Room room = found.get();
            placed.add(needs.assignment(index, room.device(), split.get(index)));
            switch (apart) {
                case NODES ->
                        left.removeIf(other -> other.device().node().equals(room.device().node()));
                case DEVICES -> left.remove(room);
                case NOT ->
                        left.replaceAll(other ->
                                other.equals(room)
                                        ? new Room(room.device(), room.free() - need, room.home())
                                        : other);
            }
        }
        placed.sort(Comparator.comparingInt(StageAssignment::index));
        return placed;
    }

    private static List<StageAssignment> unevenly(StageNeeds needs, int stages, List<Room> rooms) {
        List<Room> largest =
                rooms.stream()
                        .sorted(
                                Comparator.comparingLong(Room::free)
                                        .reversed()
                                        .thenComparing(Room::device))
                        .limit(ROOMS)
                        .toList();
        long[] free = largest.stream().mapToLong(Room::free).toArray();
        var placed = new ArrayList<StageAssignment>();
        for (LayerSplit.Fitted run : LayerSplit.intoRooms(needs, stages, free)) {
            DeviceId device = largest.get(run.room()).device();
            placed.add(needs.assignment(placed.size(), device, run.layers()));
        }
        return placed;
    }

    private static Waiting waiting(
            Wish wish, StageNeeds needs, List<LayerRange> split, Fleet fleet) {
        long largest = split.stream().mapToLong(range -> bytes(needs, range)).max().orElse(0);
        long total = split.stream().mapToLong(range -> bytes(needs, range)).sum();
        long free = 0;
        long mostFree = 0;
        var rejections = new ArrayList<Rejection>();
        for (NodeSnapshot node : fleet.nodes()) {
            if (node.state() != NodeState.READY) {
                rejections.add(rejection(node, "", Filter.NODE_NOT_READY));
                continue;
            }
            for (DeviceSnapshot device : node.devices()) {
                if (!device.healthy()) {
                    rejections.add(rejection(node, device.name(), Filter.DEVICE_BROKEN));
                    continue;
                }
                Bytes room = fleet.free(new DeviceId(node.id(), device.name()));
                free += room.value();
                mostFree = Math.max(mostFree, room.value());
                rejections.add(
                        new Rejection(
                                node.id(),
                                node.name(),
                                device.name(),
                                Filter.MEMORY_SHORT,
                                room,
                                Bytes.of(largest).minusOrZero(room),
                                ""));
            }
        }
        long missing = Math.max(1, Math.max(total - free, largest - mostFree));
        var counts = new EnumMap<Filter, Integer>(Filter.class);
        rejections.forEach(it -> counts.merge(it.filter(), 1, Integer::sum));
        return new Waiting(
                Bytes.of(missing),
                counts,
                rejections.stream().limit(wish.shown()).toList(),
                WouldFit.NOTHING);
    }

    private static Rejection rejection(NodeSnapshot node, String device, Filter filter) {
        return new Rejection(node.id(), node.name(), device, filter, Bytes.ZERO, Bytes.ZERO, "");
    }

    private static long bytes(StageNeeds needs, LayerRange range) {
        return needs.bytes(range.first(), range.end());
    }
}
