package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.PlacementDecision.Waiting;
import assay.scheduler.core.cluster.WouldFit;
import assay.scheduler.core.placement.FleetDevice.Kind;
import assay.scheduler.core.placement.LayerSplit.Place;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Why a wish finds no room: what turned away each node and device, how many bytes are missing, and
 * what would fit. Good for one decision. Confined to the control loop.
 */
final class Explanation {
    /** Sets in which it is asked what is missing and what would fit; more stages only help more. */
    private static final int[] COUNTS = {1, 2, 4, 8, 16, 32};

    private final Wish wish;
    private final Fleet fleet;
    private final Eligibility eligibility;
    private final List<FleetDevice> roomiest;

    Explanation(Wish wish, Fleet fleet) {
        this.wish = wish;
        this.fleet = fleet;
        eligibility = new Eligibility(wish, fleet);
        var sets = new DeviceSets(fleet, eligibility, false);
        List<FleetDevice> all = sets.roomiest();
        int most = Math.min(all.size(), DeviceSets.MOST_STAGES);
        roomiest = all.subList(0, Math.min(most, wish.spec().layout().layerCount()));
    }

    Waiting waiting() {
        int stages = stages();
        long onCpu = LayerSplit.smallestLargest(fleet.needs(wish.spec(), false), stages);
        long onGpu = LayerSplit.smallestLargest(fleet.needs(wish.spec(), true), stages);
        var rejections = new Rejections(wish.shown(), eligibility, onCpu, onGpu);
        boolean cards = roomiest.stream().anyMatch(device -> device.kind.gpu());
        var wouldFit =
                roomiest.isEmpty()
                        ? WouldFit.NOTHING
                        : new WouldFit(
                                most(wish.spec().kvTokens(), this::fitsTokens),
                                most(wish.spec().maxSequences(), this::fitsSequences),
                                stages,
                                Bytes.of(cards ? onGpu : onCpu));
        return new Waiting(
                Bytes.of(missing()), rejections.counts(), rejections.nearest(), wouldFit);
    }

    /** As many as asked for, or as there are devices for. */
    private int stages() {
        int asked = wish.spec().stages();
        return asked > 0 ? asked : Math.max(1, roomiest.size());
    }

    /** Over the sets of the roomiest devices, the least that one of them is short of in all. */
    private long missing() {
        long least = Long.MAX_VALUE;
        List<Place> places = places(wish.spec());
        for (int count : counts()) {
            least = Math.min(least, LayerSplit.shortfall(places.subList(0, count)));
        }
        return least == Long.MAX_VALUE ? 0 : least;
    }

    private int[] counts() {
        int asked = wish.spec().stages();
        int size = roomiest.size();
        if (size == 0) {
            return new int[0];
        }
        if (asked > 0) {
            return new int[] {Math.min(asked, size)};
        }
        return IntStream.concat(
                        Arrays.stream(COUNTS).filter(count -> count < size), IntStream.of(size))
                .toArray();
    }

    private List<Place> places(DeploymentSpec spec) {
        Map<Kind, StageCosts> costs = new HashMap<>();
        return roomiest.stream()
                .map(device ->
                        new Place(
                                costs.computeIfAbsent(
                                        device.kind,
                                        kind ->
                                                new StageCosts(
                                                        fleet.needs(spec, kind.gpu()),
                                                        kind.speed())),
                                device.free(),
                                1))
                .toList();
    }

    private boolean fitsTokens(int tokens) {
        return fits(wish.spec().promising(tokens, wish.spec().maxSequences()));
    }

    private boolean fitsSequences(int sequences) {
        return fits(wish.spec().promising(wish.spec().kvTokens(), sequences));
    }

    private boolean fits(DeploymentSpec spec) {
        if (spec.stages() > roomiest.size()) {
            return false;
        }
        List<Place> places = places(spec);
        for (int count : counts()) {
            if (LayerSplit.reaches(places.subList(0, count))) {
                return true;
            }
        }
        return false;
    }

    /** The most up to {@code wished} that holds; 0 where not even 1 does. */
    private static int most(int wished, IntPredicate holds) {
        if (!holds.test(1)) {
            return 0;
        }
        int yes = 1;
        int no = wished + 1;
        while (no - yes > 1) {
            int middle = (yes + no) >>> 1;
            if (holds.test(middle)) {
                yes = middle;
            } else {
                no = middle;
            }
        }
        return yes;
    }
}
