package assay.scheduler.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.placement.LayerSplit.Fitted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LayerSplitPropertyTest {
    private static final int CASES = 400;

    @Test
    void theEvenSplitIsAsGoodAsTheBestOfAllSplits() {
        for (int seed = 0; seed < CASES; seed++) {
            var random = new Random(seed);
            StageNeeds needs = randomNeeds(random);
            int stages = 1 + random.nextInt(needs.layerCount());
            List<LayerRange> even = LayerSplit.even(needs, stages);
            checkCoverage(even, needs.layerCount(), stages);
            assertThat(quality(needs, even)).as("seed " + seed).isEqualTo(best(needs, stages));
        }
    }

    @Test
    void aSplitIntoRoomsIsFoundExactlyWhenThereIsOne() {
        int found = 0;
        for (int seed = 0; seed < CASES; seed++) {
            var random = new Random(seed);
            StageNeeds needs = randomNeeds(random);
            int stages = 1 + random.nextInt(Math.min(4, needs.layerCount()));
            long all = needs.bytes(0, needs.layerCount());
            long[] rooms =
                    random.longs(stages + random.nextInt(2), 1, 1 + 2 * all / stages).toArray();
            List<Fitted> fitted = LayerSplit.intoRooms(needs, stages, rooms);
            assertThat(!fitted.isEmpty())
                    .as("seed " + seed)
                    .isEqualTo(existsInRooms(needs, stages, 0, rooms, 0));
            if (!fitted.isEmpty()) {
                found++;
                checkFitted(needs, fitted, rooms, stages);
            }
        }
        assertThat(found).as("both outcomes are tried").isBetween(CASES / 10, CASES * 9 / 10);
    }

    private static void checkFitted(
            StageNeeds needs, List<Fitted> fitted, long[] rooms, int stages) {
        checkCoverage(fitted.stream().map(Fitted::layers).toList(), needs.layerCount(), stages);
        assertThat(fitted.stream().map(Fitted::room).distinct()).hasSize(stages);
        for (Fitted run : fitted) {
            assertThat(needs.bytes(run.layers().first(), run.layers().end()))
                    .isLessThanOrEqualTo(rooms[run.room()]);
        }
    }

    private static boolean existsInRooms(
            StageNeeds needs, int stages, int first, long[] rooms, int used) {
        int layers = needs.layerCount();
        if (stages == 0) {
            return first == layers;
        }
        for (int room = 0; room < rooms.length; room++) {
            for (int end = first + 1; end <= layers && (used & 1 << room) == 0; end++) {
                if (needs.bytes(first, end) <= rooms[room]
                        && existsInRooms(needs, stages - 1, end, rooms, used | 1 << room)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static StageNeeds randomNeeds(Random random) {
        int layers = 1 + random.nextInt(7);
        var bytes = new ArrayList<Bytes>();
        for (int layer = 0; layer < layers; layer++) {
            bytes.add(Bytes.of(random.nextInt(1_000_000)));
        }
        DeploymentSpec spec =
                Specs.deployment(bytes, random.nextInt(2_000_000), random.nextInt(2_000_000), 0, 0);
        return new StageNeeds(spec, false);
    }

    private static void checkCoverage(List<LayerRange> split, int layers, int stages) {
        assertThat(split).hasSize(stages);
        int next = 0;
        for (LayerRange range : split) {
            assertThat(range.first()).isEqualTo(next);
            next = range.end();
        }
        assertThat(next).isEqualTo(layers);
    }

    /** Largest stage, then minus the smallest: less is better. */
    private static List<Long> quality(StageNeeds needs, List<LayerRange> split) {
        long[] bytes = split.stream().mapToLong(it -> needs.bytes(it.first(), it.end())).toArray();
        return List.of(
                Arrays.stream(bytes).max().orElseThrow(),
                -Arrays.stream(bytes).min().orElseThrow());
    }

    private static List<Long> best(StageNeeds needs, int stages) {
        var qualities = new ArrayList<List<Long>>();
        enumerate(needs, stages, 0, new ArrayList<>(), qualities);
        return qualities.stream()
                .min((a, b) ->
                        a.get(0).equals(b.get(0))
                                ? Long.compare(a.get(1), b.get(1))
                                : Long.compare(a.get(0), b.get(0)))
                .orElseThrow();
    }

    private static void enumerate(
            StageNeeds needs,
            int stages,
            int first,
            List<LayerRange> split,
            List<List<Long>> qualities) {
        int layers = needs.layerCount();
        if (stages == 0) {
            if (first == layers) {
                qualities.add(quality(needs, split));
            }
            return;
        }
        for (int end = first + 1; end <= layers - (stages - 1); end++) {
            split.add(new LayerRange(first, end));
            enumerate(needs, stages - 1, end, split, qualities);
            split.removeLast();
        }
    }
}
