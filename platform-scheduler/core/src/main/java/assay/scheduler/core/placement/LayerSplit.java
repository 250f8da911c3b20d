package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.LayerRange;
import java.util.ArrayList;
import java.util.Arrays;
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
     * their order: a dynamic program over the sets of rooms used, in which each set reaches as many
     * layers as it can. Reaching further is never worse, since a stage that starts later needs no
     * more.
     *
     * @param rooms bytes free on each device; at most 16
     * @return in the order of the layers; empty when there is none
     */
    static List<Fitted> intoRooms(StageNeeds needs, int stages, long[] rooms) {
        if (rooms.length > 16) {
            throw new IllegalArgumentException("rooms: " + rooms.length + " (expected: 0..16)");
        }
        int layers = needs.layerCount();
        int[] reach = new int[1 << rooms.length];
        int[] last = new int[reach.length];
        Arrays.fill(reach, -1);
        reach[0] = 0;
        for (int used = 1; used < reach.length; used++) {
            int count = Integer.bitCount(used);
            if (count > stages) {
                continue;
            }
            for (int room = 0; room < rooms.length; room++) {
                int before = used & ~(1 << room);
                if (before == used || reach[before] < 0) {
                    continue;
                }
                int end = extend(needs, reach[before], layers - (stages - count), rooms[room]);
                if (end > reach[used]) {
                    reach[used] = end;
                    last[used] = room;
                }
            }
            if (count == stages && reach[used] == layers) {
                return fitted(reach, last, used);
            }
        }
        return List.of();
    }

    /** The furthest end of a run from {@code first} on that fits, or -1. */
    private static int extend(StageNeeds needs, int first, int maxEnd, long room) {
        for (int end = maxEnd; end > first; end--) {
            if (needs.bytes(first, end) <= room) {
                return end;
            }
        }
        return -1;
    }

    private static List<Fitted> fitted(int[] reach, int[] last, int all) {
        var runs = new ArrayList<Fitted>();
        int used = all;
        while (used != 0) {
            int before = used & ~(1 << last[used]);
            runs.add(new Fitted(new LayerRange(reach[before], reach[used]), last[used]));
            used = before;
        }
        Collections.reverse(runs);
        return List.copyOf(runs);
    }
}
