package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.ReplicaId;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.cluster.StagePlan;
import assay.scheduler.core.placement.DeviceSearch.Found;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whose place a replica may take. Priorities below the wish's are lifted one after the other, the
 * lowest first, until the wish finds room; of the ways that are then there, one that takes the
 * place of few is chosen; and whoever can stay beside it stays, the highest priority first. So
 * nobody gives way whose leaving is not needed, nobody while a lower priority would do, and nobody
 * of equal or higher priority ever. Good for one decision; the fleet is as before when it is made.
 */
final class Preemption {
    private final Wish wish;
    private final Fleet fleet;
    private final List<Fleet.Booking> lifted = new ArrayList<>();
    private final Map<DeviceId, List<Long>> liftedBytes = new HashMap<>();

    Preemption(Wish wish, Fleet fleet) {
        this.wish = wish;
        this.fleet = fleet;
    }

    Optional<Placed> place() {
        try {
            for (int priority : fleet.prioritiesBelow(wish.spec().priority())) {
                lift(priority);
                var search = new DeviceSearch(wish, fleet, Optional.of(this::victims));
                Optional<Found> found = search.find();
                if (found.isPresent()) {
                    List<StagePlan> plan = BalancedPlacement.plan(found.get(), search);
                    return Optional.of(new Placed(plan, givingWay(plan)));
                }
            }
            return Optional.empty();
        } finally {
            fleet.free(wish.replica());
            lifted.forEach(it -> fleet.book(it.replica(), it.spec(), it.stages()));
        }
    }

    private void lift(int priority) {
        for (ReplicaId replica : fleet.replicas(priority)) {
            fleet.booking(replica).ifPresent(lifted::add);
            fleet.free(replica);
        }
        liftedBytes.clear();
        for (Fleet.Booking booking : lifted) {
            for (StageAssignment stage : booking.stages()) {
                liftedBytes
                        .computeIfAbsent(stage.device(), key -> new ArrayList<>())
                        .add(stage.need().value());
            }
        }
        liftedBytes.values().forEach(bytes -> bytes.sort(Comparator.reverseOrder()));
    }

    /** How many stages would have to leave the devices of a plan, the largest first. */
    private int victims(Found found) {
        Map<FleetDevice, Long> needs = new HashMap<>();
        for (int index = 0; index < found.devices().size(); index++) {
            FleetDevice device = found.devices().get(index);
            var range = found.layers().get(index);
            long bytes =
                    fleet.needs(wish.spec(), device.kind.gpu()).bytes(range.first(), range.end());
            needs.merge(device, bytes, Long::sum);
        }
        int count = 0;
        for (var entry : needs.entrySet()) {
            List<Long> there = liftedBytes.getOrDefault(entry.getKey().id, List.of());
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
                lifted.stream()
                        .sorted(
                                Comparator.comparingInt((Fleet.Booking it) -> -it.spec().priority())
                                        .thenComparingLong(Preemption::bytes)
                                        .thenComparing(Fleet.Booking::replica))
                        .toList();
        for (Fleet.Booking booking : byRank) {
            fleet.book(booking.replica(), booking.spec(), booking.stages());
            if (touches(booking, nodes) && !isSound(stages)) {
                fleet.free(booking.replica());
                victims.add(booking.replica());
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
