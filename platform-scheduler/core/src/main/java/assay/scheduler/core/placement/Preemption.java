package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementRules.TenantQuota;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.cluster.StagePlan;
import assay.scheduler.core.placement.DeviceSearch.Found;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whose place a replica may take. Priorities below the wish's are lifted one after the other, the
 * lowest first, until the wish finds room; of the ways that are then there, one that takes the
 * place of few is chosen; and whoever can stay beside it stays, the highest priority first. So
 * nobody gives way whose leaving is not needed, nobody while a lower priority would do, and nobody
 * of equal or higher priority ever.
 *
 * <p>In a large fleet only the most promising nodes are lifted: those that few large stages would
 * have to leave. Good for one decision; the fleet is as before when it is made.
 */
final class Preemption implements DeviceSearch.Price {
    /** Devices of the nodes that are lifted at once, about; all of them in a smaller fleet. */
    private static final int DEVICES = 64;

    /** Nodes or replicas that are looked at to find them. */
    private static final int LOOKS = 512;

    private static final int FEWEST_LOOKS = 32;

    /** Priorities that are rather tried than asked for together first. */
    private static final int FEW = 3;

    private final Wish wish;
    private final Fleet fleet;
    private final StageNeeds onCpu;
    private final StageNeeds onGpu;
    private final Map<ReplicaId, Fleet.Booking> lifted = new LinkedHashMap<>();
    private final Map<FleetDevice, List<Long>> liftedBytes = new LinkedHashMap<>();

    /**
     * A node from which something could be lifted.
     *
     * @param whole whether the replica would fit on one device of it
     * @param gain bytes that would be free on a device and are not, for each stage that would leave
     */
    private record Candidate(FleetNode node, boolean whole, long gain) {}

    Preemption(Wish wish, Fleet fleet) {
        this.wish = wish;
        this.fleet = fleet;
        onCpu = fleet.needs(wish.spec(), false);
        onGpu = fleet.needs(wish.spec(), true);
    }

    Optional<Placed> place() {
        List<Integer> priorities = fleet.prioritiesBelow(wish.spec().priority());
        try {
            // Where all of them together do not help, it is not asked which of them would.
            if (priorities.isEmpty() || (priorities.size() > FEW && !helps(priorities.getLast()))) {
                return Optional.empty();
            }
            for (int priority : priorities) {
                Optional<Placed> placed = placeWithout(priority);
                if (placed.isPresent()) {
                    return placed;
                }
            }
            return Optional.empty();
        } finally {
            restore();
        }
    }

    private boolean helps(int priority) {
        lift(priority);
        boolean found = new DeviceSearch(wish, fleet).find().isPresent();
        restore();
        return found;
    }

    private Optional<Placed> placeWithout(int priority) {
        lift(priority);
        var search = new DeviceSearch(wish, fleet, Optional.of(this));
        Optional<Found> found = search.find();
        return found.map(it -> {
            List<StagePlan> plan = BalancedPlacement.plan(it, search);
            return new Placed(plan, givingWay(plan));
        });
    }

    private void restore() {
        fleet.free(wish.replica());
        fleet.book(lifted.values().stream().filter(it -> !isBooked(it)).toList());
        lifted.clear();
    }

    private boolean isBooked(Fleet.Booking booking) {
        return fleet.booking(booking.replica()).isPresent();
    }

    private void lift(int priority) {
        Set<NodeId> nodes = new LinkedHashSet<>();
        candidates(priority).forEach(node -> nodes.add(node.snapshot.id()));
        // A quota and a distance count wherever they stand.
        nodes.addAll(fleet.homes(wish.spec().id()));
        TenantQuota quota = wish.spec().rules().tenant();
        if (!quota.equals(TenantQuota.NONE)) {
            fleet.devices(quota.tenant()).forEach(it -> nodes.add(it.node.snapshot.id()));
        }
        Map<ReplicaId, Fleet.Booking> more = new LinkedHashMap<>();
        for (NodeId node : nodes) {
            for (Fleet.Booking booking : fleet.occupants(node)) {
                if (booking.spec().priority() <= priority) {
                    more.put(booking.replica(), booking);
                }
            }
        }
        fleet.free(more.values());
        lifted.putAll(more);
        liftedBytes.clear();
        for (Fleet.Booking booking : lifted.values()) {
            for (StageAssignment stage : booking.stages()) {
                fleet.device(stage.device())
                        .ifPresent(device ->
                                liftedBytes
                                        .computeIfAbsent(device, key -> new ArrayList<>())
                                        .add(stage.need().value()));
            }
        }
        liftedBytes.values().forEach(bytes -> bytes.sort(Comparator.reverseOrder()));
    }

    /** Nodes with a device that would have room for a stage, those first that few must leave. */
    private List<FleetNode> candidates(int priority) {
        var eligibility = new Eligibility(wish, fleet);
        var nodes = new LinkedHashSet<FleetNode>();
        List<Integer> priorities = fleet.prioritiesBelow(priority + 1);
        int looks = Math.max(FEWEST_LOOKS, LOOKS / Math.max(1, priorities.size()));
        for (int each : priorities) {
            fleet.bookings(each).stream()
                    .limit(looks)
                    .flatMap(booking -> booking.stages().stream())
                    .flatMap(stage -> fleet.node(stage.device().node()).stream())
                    .forEach(nodes::add);
        }
        // A wish that may go to few nodes only would hardly meet one of them among the largest.
        List<NodeClass> classes =
                eligibility.classes().stream().filter(eligibility::allows).toList();
        if (classes.stream().mapToLong(NodeClass::size).sum() <= LOOKS) {
            nodes.clear();
            classes.forEach(
                    alike -> alike.groups().forEach(it -> nodes.addAll(it.nodes().values())));
        }
        var found = new ArrayList<Candidate>();
        for (FleetNode node : nodes) {
            if (eligibility.allows(node.alike)) {
                candidate(node, priority).ifPresent(found::add);
            }
        }
        found.sort(
                Comparator.comparing(Candidate::whole)
                        .thenComparingLong(Candidate::gain)
                        .reversed()
                        .thenComparingInt(it -> it.node().sequence));
        var chosen = new ArrayList<FleetNode>();
        int devices = 0;
        for (Candidate candidate : found) {
            chosen.add(candidate.node());
            devices += candidate.node().devices.size();
            if (devices >= DEVICES) {
                break;
            }
        }
        return chosen;
    }

    /** If something can be lifted from it, and makes room for a stage. */
    private Optional<Candidate> candidate(FleetNode node, int priority) {
        boolean whole = false;
        long gain = 0;
        for (FleetDevice device : node.devices) {
            StageNeeds needs = device.kind.gpu() ? onGpu : onCpu;
            long free = device.freeWithout(priority);
            int stages = device.booked.stagesUpTo(priority);
            if (stages > 0 && device.isOpen() && needs.mostLayers(free) > 0) {
                whole |= free >= needs.bytes(0, needs.layerCount());
                gain = Math.max(gain, device.booked.upTo(priority) / stages);
            }
        }
        boolean avoided = wish.avoided().contains(node.snapshot.id());
        return gain == 0 || avoided
                ? Optional.empty()
                : Optional.of(new Candidate(node, whole, gain));
    }

    @Override
    public Set<FleetDevice> dear() {
        return Collections.unmodifiableSet(liftedBytes.keySet());
    }

    /** How many stages would have to leave the devices of a plan, the largest first. */
    @Override
    public int of(Found found) {
        Map<FleetDevice, Long> needs = new HashMap<>();
        for (int index = 0; index < found.devices().size(); index++) {
            FleetDevice device = found.devices().get(index);
            var range = found.layers().get(index);
            long bytes = (device.kind.gpu() ? onGpu : onCpu).bytes(range.first(), range.end());
            needs.merge(device, bytes, Long::sum);
        }
        int count = 0;
        for (var entry : needs.entrySet()) {
            List<Long> there = liftedBytes.getOrDefault(entry.getKey(), List.of());
            long spare = entry.getKey().free() - entry.getValue();
            long stay = there.stream().mapToLong(Long::longValue).sum();
            for (long bytes : there) {
                if (stay <= spare) {
                    break;
                }
                stay -= bytes;
                count++;
            }
        }
        return count;
    }

    /** Books the plan, then lets back in whoever fits beside it. */
    private List<ReplicaId> givingWay(List<StagePlan> plan) {
        List<StageAssignment> stages = plan.stream().map(StagePlan::assignment).toList();
        Set<NodeId> nodes = new HashSet<>();
        stages.forEach(stage -> nodes.add(stage.device().node()));
        fleet.book(wish.replica(), wish.spec(), stages);
        var victims = new ArrayList<ReplicaId>();
        List<Fleet.Booking> byRank =
                lifted.values().stream()
                        .sorted(
                                Comparator.comparingInt((Fleet.Booking it) -> -it.spec().priority())
                                        .thenComparingLong(Preemption::bytes)
                                        .thenComparing(Fleet.Booking::replica))
                        .toList();
        fleet.book(byRank.stream().filter(it -> !touches(it, nodes)).toList());
        for (Fleet.Booking booking : byRank) {
            if (touches(booking, nodes)) {
                fleet.book(List.of(booking));
                if (!isSound(stages)) {
                    fleet.free(List.of(booking));
                    victims.add(booking.replica());
                }
            }
        }
        return victims;
    }

    private static long bytes(Fleet.Booking booking) {
        return booking.stages().stream().mapToLong(stage -> stage.need().value()).sum();
    }

    /** Whether the booking can stand in the way of a plan on those nodes. */
    private boolean touches(Fleet.Booking booking, Set<NodeId> nodes) {
        var mine = wish.spec().rules();
        return booking.spec().id().equals(wish.spec().id())
                || booking.spec().rules().tenant().tenant().equals(mine.tenant().tenant())
                || booking.stages().stream().anyMatch(it -> nodes.contains(it.device().node()));
    }

    /** Whether the plan would still be allowed, with all that is booked now. */
    private boolean isSound(List<StageAssignment> stages) {
        fleet.free(wish.replica());
        var eligibility = new Eligibility(wish, fleet);
        Map<DeviceId, Long> needs = new HashMap<>();
        stages.forEach(stage -> needs.merge(stage.device(), stage.need().value(), Long::sum));
        long cards = 0;
        boolean sound = true;
        for (var entry : needs.entrySet()) {
            FleetDevice device = fleet.device(entry.getKey()).orElseThrow();
            cards += eligibility.isNewCard(device) ? 1 : 0;
            sound &= eligibility.allows(device) && device.free() >= entry.getValue();
        }
        fleet.book(wish.replica(), wish.spec(), stages);
        return sound && cards <= eligibility.newCards();
    }
}
