package assay.scheduler.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.placement.LayerSplit.Place;
import assay.scheduler.core.placement.LayerSplit.Run;
import assay.scheduler.core.placement.LayerSplit.Split;
import org.junit.jupiter.api.Test;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;

class LayerSplitPropertyTest {
    private static final int CASES = 400;

    private static final Comparator<Split> BEST =
            Comparator.comparingLong(Split::slowestNanos)
                    .thenComparingLong(Split::hopNanos)
                    .thenComparingLong(split -> -split.roomTokens());

    @Test
    void theProgramFindsWhatTryingEverySplitFinds() {
        int found = 0;
        for (int seed = 0; seed < CASES; seed++) {
            var random = new Random(seed);
            StageNeeds needs = randomNeeds(random);
            List<Place> places = randomPlaces(random, needs);
            long[][] hops = randomHops(random, places.size());
            int count = 1 + random.nextInt(places.size());
            Optional<Split> best = LayerSplit.best(count, places, hops, Long.MAX_VALUE);
            Optional<Split> tried = tryAll(count, places, hops);
            assertThat(best.isPresent()).as("seed " + seed).isEqualTo(tried.isPresent());
            if (best.isPresent()) {
                found++;
                assertThat(BEST.compare(best.get(), tried.orElseThrow()))
                        .as("seed " + seed)
                        .isZero();
                checkRuns(best.get(), places, count, "seed " + seed);
                long slowest = best.get().slowestNanos();
                assertThat(LayerSplit.best(count, places, hops, slowest)).isEqualTo(best);
                assertThat(LayerSplit.best(count, places, hops, slowest - 1)).isEmpty();
            }
        }
        assertThat(found).as("both outcomes are tried").isBetween(CASES / 10, CASES * 9 / 10);
    }

    @Test
    void theShortfallIsZeroExactlyWhereASplitOverAllPlacesFits() {
        int fitting = 0;
        for (int seed = 0; seed < CASES; seed++) {
            var random = new Random(seed);
            StageNeeds needs = randomNeeds(random);
            List<Place> places =
                    randomPlaces(random, needs).stream()
                            .limit(needs.layerCount())
                            .map(it -> new Place(it.costs(), it.free(), 1))
                            .toList();
            long[][] hops = randomHops(random, places.size());
            boolean fits = LayerSplit.best(places.size(), places, hops, Long.MAX_VALUE).isPresent();
            long missing = LayerSplit.shortfall(places);
            assertThat(missing == 0).as("seed " + seed).isEqualTo(fits);
            fitting += fits ? 1 : 0;
        }
        assertThat(fitting).isBetween(CASES / 10, CASES * 9 / 10);
    }

    @Test
    void equalDevicesOfTheSizeThatWasNamedWouldDoAndSmallerOnesWouldNot() {
        for (int seed = 0; seed < CASES; seed++) {
            var random = new Random(seed);
            StageNeeds needs = randomNeeds(random);
            int stages = 1 + random.nextInt(needs.layerCount());
            long size = LayerSplit.smallestLargest(needs, stages);
            var speed = new DeviceSpeed(1_000_000, 1_000_000);
            for (long free : new long[] {size, size - 1}) {
                List<Place> equal = new ArrayList<>();
                for (int place = 0; place < stages; place++) {
                    equal.add(new Place(new StageCosts(needs, speed), free, 1));
                }
                assertThat(
                                LayerSplit.best(
                                                stages,
                                                equal,
                                                new long[stages][stages],
                                                Long.MAX_VALUE)
                                        .isPresent())
                        .as("seed " + seed)
                        .isEqualTo(free == size);
            }
        }
    }

    private static void checkRuns(Split split, List<Place> places, int count, String seed) {
        assertThat(split.runs()).as(seed).hasSize(count);
        int next = 0;
        int lastPlace = -1;
        for (Run run : split.runs()) {
            assertThat(run.layers().first()).as(seed).isEqualTo(next);
            assertThat(run.place()).as(seed).isGreaterThan(lastPlace);
            Place place = places.get(run.place());
            assertThat(place.spare(run.layers().first(), run.layers().end()))
                    .as(seed)
                    .isNotNegative();
            assertThat(LayerSplit.cut(run.layers(), place.stages())).hasSize(place.stages());
            next = run.layers().end();
            lastPlace = run.place();
        }
        assertThat(next).as(seed).isEqualTo(places.getFirst().costs().layerCount());
    }

    private static Optional<Split> tryAll(int count, List<Place> places, long[][] hops) {
        var all = new ArrayList<Split>();
        extend(count, places, hops, new ArrayList<>(), all);
        return all.stream().min(BEST);
    }

    private static void extend(
            int count, List<Place> places, long[][] hops, List<Run> runs, List<Split> all) {
        int layers = places.getFirst().costs().layerCount();
        int first = runs.isEmpty() ? 0 : runs.getLast().layers().end();
        if (runs.size() == count) {
            if (first == layers) {
                all.add(judged(runs, places, hops));
            }
            return;
        }
        int from = runs.isEmpty() ? 0 : runs.getLast().place() + 1;
        for (int index = from; index < places.size(); index++) {
            Place place = places.get(index);
            for (int end = first + place.stages(); end <= layers; end++) {
                if (place.spare(first, end) >= 0) {
                    runs.add(new Run(new LayerRange(first, end), index));
                    extend(count, places, hops, runs, all);
                    runs.removeLast();
                }
            }
        }
    }

    private static Split judged(List<Run> runs, List<Place> places, long[][] hops) {
        long slowest = 0;
        long hop = 0;
        long room = Long.MAX_VALUE;
        for (int index = 0; index < runs.size(); index++) {
            Run run = runs.get(index);
            Place place = places.get(run.place());
            slowest = Math.max(slowest, place.nanos(run.layers().first(), run.layers().end()));
            room = Math.min(room, place.room(run.layers().first(), run.layers().end()));
            hop += index == 0 ? 0 : hops[runs.get(index - 1).place()][run.place()];
        }
        return new Split(List.copyOf(runs), slowest, hop, room);
    }

    private static StageNeeds randomNeeds(Random random) {
        int layers = 1 + random.nextInt(7);
        var bytes = new ArrayList<Bytes>();
        for (int layer = 0; layer < layers; layer++) {
            bytes.add(Bytes.of(random.nextInt(1_000_000)));
        }
        DeploymentSpec spec =
                Specs.deployment(
                        bytes, random.nextInt(2_000_000), random.nextInt(2_000_000), 1_000, 0);
        return new StageNeeds(spec, false);
    }

    private static List<Place> randomPlaces(Random random, StageNeeds needs) {
        int count = 1 + random.nextInt(5);
        long all = needs.bytes(0, needs.layerCount());
        var places = new ArrayList<Place>();
        for (int place = 0; place < count; place++) {
            long free = 1 + random.nextLong(2 * all / Math.max(1, count - 1) + 1);
            long speed = 1_000_000L * (1 + random.nextInt(3));
            int stages = 1 + (random.nextInt(5) == 0 ? 1 : 0);
            var costs = new StageCosts(needs, new DeviceSpeed(speed, 10 * speed));
            places.add(new Place(costs, free, stages));
        }
        return places;
    }

    private static long[][] randomHops(Random random, int size) {
        var hops = new long[size][size];
        for (int from = 0; from < size; from++) {
            for (int to = from + 1; to < size; to++) {
                hops[from][to] = random.nextInt(3);
            }
        }
        return hops;
    }
}
