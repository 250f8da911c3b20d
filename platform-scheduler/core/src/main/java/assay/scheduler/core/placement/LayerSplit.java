package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.LayerRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Cuts the layers into runs for devices in a given order. Exact: dynamic programs over (stages,
 * devices, layers). Stateless.
 */
final class LayerSplit {
    private LayerSplit() {}

    /**
     * A device in the order, with what of a replica it may hold.
     *
     * @param costs on its kind of device
     * @param free bytes
     * @param stages that its run is cut into: its least number of layers, and as many workspaces
     */
    record Place(StageCosts costs, long free, int stages) {
        long spare(int first, int end) {
            return free - costs.bytes(first, end) - (stages - 1) * costs.needs().workspace();
        }

        long nanos(int first, int end) {
            return costs.nanos(first, end);
        }

        /** Tokens beside the promised ones that would find room. */
        long room(int first, int end) {
            return spare(first, end) / Math.max(1, costs.needs().kvPerToken(first, end));
        }
    }

    /** A run of layers on the place at this index. */
    record Run(LayerRange layers, int place) {}

    /**
     * A split and how good it is.
     *
     * @param runs in the order of the layers
     * @param slowestNanos of one run
     * @param hopNanos of all hops together
     * @param roomTokens of the run that has the least room for more cache
     */
    record Split(List<Run> runs, long slowestNanos, long hopNanos, long roomTokens) {}

    /**
     * The split into {@code count} runs that fits, whose slowest run takes the least time; among
     * those with the least hop cost; among those whose smallest room for cache is the largest.
     * Places are used in their order, each at most once; more of them than runs are left out where
     * that is best.
     *
     * <p>Two programs: the first finds the time, the second keeps to it. Hop costs add up and are
     * compared before rooms, so the best way to a state is part of a best way through it.
     *
     * @param hops nanoseconds from each place to each other
     * @param bound nanoseconds; a split whose slowest run takes longer is of no use
     */
    static Optional<Split> best(int count, List<Place> places, long[][] hops, long bound) {
        int layers = places.isEmpty() ? 0 : places.getFirst().costs().layerCount();
        if (count < 1 || count > places.size() || count > layers) {
            return Optional.empty();
        }
        long slowest = reaches(places) ? slowest(count, places, layers, bound) : Long.MAX_VALUE;
        return slowest == Long.MAX_VALUE
                ? Optional.empty()
                : Optional.of(new Program(count, places, hops, layers, slowest).solve());
    }

    /**
     * Whether the places hold all layers, in this order and some of them perhaps none: cheap, and
     * most sets of a full fleet do not.
     */
    static boolean reaches(List<Place> places) {
        int layers = places.getFirst().costs().layerCount();
        int end = 0;
        for (Place place : places) {
            int first = end;
            while (end < layers && place.spare(first, end + 1) >= 0) {
                end++;
            }
        }
        return end == layers;
    }

    private static long slowest(int count, List<Place> places, int layers, long bound) {
        long[][] best = new long[count + 1][layers + 1];
        for (long[] row : best) {
            Arrays.fill(row, Long.MAX_VALUE);
        }
        best[0][0] = 0;
        for (int index = 0; index < places.size(); index++) {
            Place place = places.get(index);
            int least = Math.max(1, count - (places.size() - 1 - index));
            for (int run = Math.min(count, index + 1); run >= least; run--) {
                long[] before = best[run - 1];
                int to = layers - (count - run);
                for (int end = run == count ? layers : run; end <= to; end++) {
                    int from = run == 1 ? Math.min(0, end - place.stages()) : end - place.stages();
                    for (int first = from; first >= run - 1; first--) {
                        long nanos = place.nanos(first, end);
                        if (nanos >= best[run][end]
                                || nanos > bound
                                || place.spare(first, end) < 0) {
                            break;
                        }
                        best[run][end] = Math.min(best[run][end], Math.max(before[first], nanos));
                    }
                }
            }
        }
        return best[count][layers];
    }

    /** The second program: no run slower than {@code slowest}. Confined to one call. */
    private static final class Program {
        private final int count;
        private final List<Place> places;
        private final long[][] hops;
        private final int layers;
        private final long slowest;
        private final long[][][] hop;
        private final long[][][] room;
        private final int[][][] from;
        private final int[][][] start;

        Program(int count, List<Place> places, long[][] hops, int layers, long slowest) {
            this.count = count;
            this.places = places;
            this.hops = hops;
            this.layers = layers;
            this.slowest = slowest;
            hop = new long[count + 1][places.size()][layers + 1];
            room = new long[count + 1][places.size()][layers + 1];
            from = new int[count + 1][places.size()][layers + 1];
            start = new int[count + 1][places.size()][layers + 1];
            for (long[][] rows : hop) {
                for (long[] row : rows) {
                    Arrays.fill(row, Long.MAX_VALUE);
                }
            }
        }

        Split solve() {
            for (int run = 1; run <= count; run++) {
                int last = places.size() - 1 - (count - run);
                int to = layers - (count - run);
                for (int index = run - 1; index <= last; index++) {
                    for (int end = run == count ? layers : run; end <= to; end++) {
                        extend(run, index, end);
                    }
                }
            }
            int best = count - 1;
            for (int index = count; index < places.size(); index++) {
                if (isBetter(
                        hop[count][index][layers],
                        room[count][index][layers],
                        hop[count][best][layers],
                        room[count][best][layers])) {
                    best = index;
                }
            }
            return split(best);
        }

        private void extend(int run, int index, int end) {
            Place place = places.get(index);
            int from = run == 1 ? Math.min(0, end - place.stages()) : end - place.stages();
            for (int first = from; first >= run - 1; first--) {
                if (place.nanos(first, end) > slowest || place.spare(first, end) < 0) {
                    return;
                }
                long mine = place.room(first, end);
                if (run == 1) {
                    take(run, index, end, 0, mine, -1, 0);
                    return;
                }
                for (int before = run - 2; before < index; before++) {
                    long so = hop[run - 1][before][first];
                    if (so != Long.MAX_VALUE) {
                        long least = Math.min(room[run - 1][before][first], mine);
                        take(run, index, end, so + hops[before][index], least, before, first);
                    }
                }
            }
        }

        private void take(
                int run, int index, int end, long newHop, long newRoom, int before, int first) {
            if (isBetter(newHop, newRoom, hop[run][index][end], room[run][index][end])) {
                hop[run][index][end] = newHop;
                room[run][index][end] = newRoom;
                from[run][index][end] = before;
                start[run][index][end] = first;
            }
        }

        private static boolean isBetter(long hop, long room, long thanHop, long thanRoom) {
            return hop < thanHop || (hop == thanHop && hop != Long.MAX_VALUE && room > thanRoom);
        }

        private Split split(int best) {
            var runs = new ArrayList<Run>();
            int index = best;
            int end = layers;
            long longest = 0;
            for (int run = count; run > 0; run--) {
                int first = start[run][index][end];
                runs.add(new Run(new LayerRange(first, end), index));
                longest = Math.max(longest, places.get(index).nanos(first, end));
                index = from[run][index][end];
                end = first;
            }
            Collections.reverse(runs);
            return new Split(
                    List.copyOf(runs),
                    longest,
                    hop[count][best][layers],
                    room[count][best][layers]);
        }
    }

    /**
     * The least bytes that all places together are short of for a run on each of them, in this
     * order; 0 where it fits.
     */
    static long shortfall(List<Place> places) {
        int layers = places.getFirst().costs().layerCount();
        long[] best = new long[layers + 1];
        Arrays.fill(best, Long.MAX_VALUE);
        best[0] = 0;
        for (int index = 0; index < places.size(); index++) {
            long[] next = new long[layers + 1];
            Arrays.fill(next, Long.MAX_VALUE);
            for (int end = index + 1; end <= layers; end++) {
                for (int first = end - 1; first >= index; first--) {
                    if (best[first] != Long.MAX_VALUE) {
                        long missing = Math.max(0, -places.get(index).spare(first, end));
                        next[end] = Math.min(next[end], best[first] + missing);
                    }
                }
            }
            best = next;
        }
        return best[layers];
    }

    /**
     * The largest stage of the split whose largest stage is the smallest possible.
     *
     * @param stages 1 to the number of layers
     * @return bytes: what each of so many equal devices would have to have free
     */
    static long smallestLargest(StageNeeds needs, int stages) {
        int layers = needs.layerCount();
        long low = 0;
        long high = needs.bytes(0, layers);
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (stagesOf(needs, middle) <= stages) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return high;
    }

    /**
     * How many stages of at most so many bytes hold all layers; more than there are layers where
     * even one layer takes more. A stage with fewer layers takes no more bytes, so each is filled.
     */
    private static int stagesOf(StageNeeds needs, long bytes) {
        int layers = needs.layerCount();
        int count = 0;
        int end = 0;
        while (end < layers) {
            int first = end;
            while (end < layers && needs.bytes(first, end + 1) <= bytes) {
                end++;
            }
            if (end == first) {
                return layers + 1;
            }
            count++;
        }
        return count;
    }

    /** A run cut into so many of about as many layers each. */
    static List<LayerRange> cut(LayerRange run, int stages) {
        var ranges = new ArrayList<LayerRange>();
        for (int stage = 0; stage < stages; stage++) {
            ranges.add(
                    new LayerRange(
                            run.first() + run.count() * stage / stages,
                            run.first() + run.count() * (stage + 1) / stages));
        }
        return ranges;
    }
}
