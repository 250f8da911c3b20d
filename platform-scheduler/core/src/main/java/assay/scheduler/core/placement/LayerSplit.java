package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.LayerRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/**
 * Cuts the layers into runs by their bytes. Exact: both searches are dynamic programs over (stages,
 * layers), O(stages × layers²). Stateless.
 */
public final class LayerSplit {
    private LayerSplit() {}

    /**
     * The split whose largest stage is the smallest possible; among those, the one whose smallest
     * stage is the largest.
     *
     * @param stages 1 to the number of layers
     * @return in the order of the layers
     */
    public static List<LayerRange> even(StageNeeds needs, int stages) {
        int layers = needs.layerCount();
        if (stages < 1 || stages > layers) {
            throw new IllegalArgumentException(
                    "stages: " + stages + " (expected: 1.." + layers + ")");
        }
        long limit = smallestLargest(needs, stages);
        long[][] best = new long[stages + 1][layers + 1];
        int[][] cut = new int[stages + 1][layers + 1];
        for (long[] row : best) {
            Arrays.fill(row, -1);
        }
        best[0][0] = Long.MAX_VALUE;
        for (int stage = 1; stage <= stages; stage++) {
            for (int end = stage; end <= layers; end++) {
                for (int first = stage - 1; first < end; first++) {
                    long bytes = needs.bytes(first, end);
                    long smallest = Math.min(best[stage - 1][first], bytes);
                    if (bytes <= limit && smallest > best[stage][end]) {
                        best[stage][end] = smallest;
                        cut[stage][end] = first;
                    }
                }
            }
        }
        return ranges(cut, stages, layers);
    }

    private static long smallestLargest(StageNeeds needs, int stages) {
        int layers = needs.layerCount();
        long[] previous = new long[layers + 1];
        Arrays.fill(previous, Long.MAX_VALUE);
        previous[0] = 0;
        for (int stage = 1; stage <= stages; stage++) {
            long[] current = new long[layers + 1];
            Arrays.fill(current, Long.MAX_VALUE);
            for (int end = stage; end <= layers; end++) {
                for (int first = stage - 1; first < end; first++) {
                    long largest = Math.max(previous[first], needs.bytes(first, end));
                    current[end] = Math.min(current[end], largest);
                }
            }
            previous = current;
        }
        return previous[layers];
    }

    private static List<LayerRange> ranges(int[][] cut, int stages, int layers) {
        var ranges = new ArrayList<LayerRange>();
        int end = layers;
        for (int stage = stages; stage > 0; stage--) {
            int first = cut[stage][end];
            ranges.add(new LayerRange(first, end));
            end = first;
        }
        Collections.reverse(ranges);
        return List.copyOf(ranges);
    }

    /** A run of layers on the device at this index of the rooms that were given. */
    record Fitted(LayerRange layers, int room) {}

    /**
     * A split into exactly {@code stages} runs over unequal rooms, each used at most once, whatever
     * their order: a dynamic program over the sets of rooms used, which keeps every layer that a
     * set can reach.
     *
     * @param rooms bytes free on each device; at most 16
     * @return in the order of the layers; empty when there is none
     */
    static List<Fitted> intoRooms(StageNeeds needs, int stages, long[] rooms) {
        if (rooms.length > 16) {
            throw new IllegalArgumentException("rooms: " + rooms.length + " (expected: 0..16)");
        }
        int layers = needs.layerCount();
        BitSet[] reached = new BitSet[1 << rooms.length];
        Arrays.setAll(reached, used -> new BitSet(layers + 1));
        reached[0].set(0);
        for (int used = 1; used < reached.length; used++) {
            if (Integer.bitCount(used) > stages) {
                continue;
            }
            for (int room = 0; room < rooms.length; room++) {
                BitSet before = reached[used & ~(1 << room)];
                if ((used & 1 << room) == 0) {
                    continue;
                }
                for (int first = before.nextSetBit(0); first >= 0 && first < layers; ) {
                    reached[used].set(first + 1, furthest(needs, first, rooms[room]) + 1);
                    first = before.nextSetBit(first + 1);
                }
            }
            if (Integer.bitCount(used) == stages && reached[used].get(layers)) {
                return fitted(needs, rooms, reached, used);
            }
        }
        return List.of();
    }

    /** The furthest end of a run from {@code first} on that fits; {@code first} when none does. */
    private static int furthest(StageNeeds needs, int first, long room) {
        int fits = first;
        int beyond = needs.layerCount() + 1;
        while (beyond - fits > 1) {
            int middle = (fits + beyond) >>> 1;
            if (needs.bytes(first, middle) <= room) {
                fits = middle;
            } else {
                beyond = middle;
            }
        }
        return fits;
    }

    /** Goes back from the last layer, finding a room and a start for each run. */
    private static List<Fitted> fitted(StageNeeds needs, long[] rooms, BitSet[] reached, int all) {
        var runs = new ArrayList<Fitted>();
        int used = all;
        int end = needs.layerCount();
        while (used != 0) {
            Fitted run = last(needs, rooms, reached, used, end);
            runs.add(run);
            used &= ~(1 << run.room());
            end = run.layers().first();
        }
        Collections.reverse(runs);
        return List.copyOf(runs);
    }

    private static Fitted last(
            StageNeeds needs, long[] rooms, BitSet[] reached, int used, int end) {
        for (int room = 0; room < rooms.length; room++) {
            if ((used & 1 << room) == 0) {
                continue;
            }
            BitSet before = reached[used & ~(1 << room)];
            for (int first = before.nextSetBit(0); first >= 0 && first < end; ) {
                if (needs.bytes(first, end) <= rooms[room]) {
                    return new Fitted(new LayerRange(first, end), room);
                }
                first = before.nextSetBit(first + 1);
            }
        }
        throw new IllegalStateException("a layer was reached from nowhere");
    }
}
