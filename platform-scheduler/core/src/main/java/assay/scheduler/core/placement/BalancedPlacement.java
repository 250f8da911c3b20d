package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.PlacementDecision;
import assay.scheduler.core.cluster.PlacementDecision.Placed;
import assay.scheduler.core.cluster.PlacementDecision.Refused;
import assay.scheduler.core.cluster.StageAssignment;
import assay.scheduler.core.cluster.StagePlan;
import assay.scheduler.core.placement.DeviceSearch.Found;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Goals: as few stages as fit (or the number asked for); of those ways the one whose slowest stage
 * is the fastest, then with the least hop cost, then with large holes left whole; on the devices
 * that were chosen, the split that leaves the most room for cache where there is the least.
 *
 * <p>Hard constraints: a device never gets more than its capacity less what is booked; a layer is
 * never cut; what the rules of the deployment, the duty and the taints of nodes and the quota of
 * the tenant forbid is not done; nobody of equal or higher priority gives way.
 *
 * <p>Algorithm: {@link DeviceSets} proposes sets of devices by locality, {@link LayerSplit} cuts
 * the layers for each, {@link DeviceSearch} keeps the best; {@link Preemption} does the same as if
 * lower priorities were gone, {@link Explanation} says why there is no way. Stateless.
 */
public final class BalancedPlacement implements Placement {
    @Override
    public PlacementDecision place(Wish wish, Fleet fleet) {
        int layers = wish.spec().layout().layerCount();
        if (wish.spec().stages() > layers) {
            return new Refused(
                    "STAGE_COUNT_INVALID",
                    "stages: %d (expected: 0..%d)".formatted(wish.spec().stages(), layers));
        }
        var own = fleet.booking(wish.replica());
        fleet.free(wish.replica());
        try {
            return decide(wish, fleet);
        } finally {
            own.ifPresent(it -> fleet.book(it.replica(), it.spec(), it.stages()));
        }
    }

    private static PlacementDecision decide(Wish wish, Fleet fleet) {
        var search = new DeviceSearch(wish, fleet);
        Optional<Found> found = search.find();
        if (found.isPresent()) {
            return new Placed(plan(found.get(), search), List.of());
        }
        if (wish.mayPreempt()) {
            Optional<Placed> placed = new Preemption(wish, fleet).place();
            if (placed.isPresent()) {
                return placed.get();
            }
        }
        return new Explanation(wish, fleet).waiting();
    }

    /** What was found, in the words of the cluster. */
    static List<StagePlan> plan(Found found, DeviceSearch search) {
        var stages = new ArrayList<StageAssignment>();
        Map<DeviceId, Long> spare = new HashMap<>();
        for (int index = 0; index < found.devices().size(); index++) {
            FleetDevice device = found.devices().get(index);
            StageNeeds needs = search.needs(device.kind.gpu());
            StageAssignment stage = needs.assignment(index, device.id, found.layers().get(index));
            stages.add(stage);
            spare.putIfAbsent(device.id, device.free());
            spare.merge(device.id, -stage.need().value(), Long::sum);
        }
        var plan = new ArrayList<StagePlan>();
        for (StageAssignment stage : stages) {
            FleetDevice device = found.devices().get(stage.index());
            StageNeeds needs = search.needs(device.kind.gpu());
            int first = stage.layers().first();
            int end = stage.layers().end();
            boolean last = stage.index() == stages.size() - 1;
            long hop =
                    last
                            ? 0
                            : device.hopNanos(
                                    found.devices().get(stage.index() + 1), needs.hopBytes());
            long left = spare.getOrDefault(device.id, 0L);
            plan.add(
                    new StagePlan(
                            stage,
                            Duration.ofNanos(needs.nanos(first, end, device.kind.speed())),
                            Duration.ofNanos(hop),
                            Bytes.of(left),
                            left / Math.max(1, needs.kvPerToken(first, end))));
        }
        return plan;
    }
}
