package assay.scheduler.core.cluster;

import assay.scheduler.core.cluster.Rejection.Filter;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What became of the wish to place a replica. */
public sealed interface PlacementDecision {
    /**
     * There is room, nothing of it booked yet.
     *
     * @param plan in the order of the stages
     * @param givingWay replicas of lower priority that must end first; empty where none need
     */
    record Placed(List<StagePlan> plan, List<ReplicaId> givingWay) implements PlacementDecision {
        public Placed {
            plan = List.copyOf(plan);
            givingWay = List.copyOf(givingWay);
        }

        public List<StageAssignment> stages() {
            return plan.stream().map(StagePlan::assignment).toList();
        }
    }

    /**
     * No room now; asked again when capacity changes.
     *
     * @param missing the least that more memory on the best devices would have to be; zero where
     *     other things than memory stand in the way
     * @param counts nodes and devices that each filter turned away
     * @param rejections the nearest misses first, at most as many as were asked for
     * @param wouldFit what would find room
     */
    record Waiting(
            Bytes missing,
            Map<Filter, Integer> counts,
            List<Rejection> rejections,
            WouldFit wouldFit)
            implements PlacementDecision {
        private static final int SPOKEN = 8;

        public Waiting {
            var ordered = new EnumMap<Filter, Integer>(Filter.class);
            ordered.putAll(counts);
            counts = Collections.unmodifiableMap(ordered);
            rejections = List.copyOf(rejections);
        }

        /** In words, for people; the first few rejections alone. */
        public String inWords() {
            var words = new StringBuilder("no room");
            if (missing.isMoreThan(Bytes.ZERO)) {
                words.append(": ").append(missing).append(" more needed");
            }
            if (counts.isEmpty()) {
                return words.append("; no node is there").toString();
            }
            counts.forEach((filter, count) ->
                    words.append("; ")
                            .append(count)
                            .append(" x ")
                            .append(filter.name().toLowerCase(Locale.ROOT)));
            rejections.stream()
                    .limit(SPOKEN)
                    .forEach(rejection -> words.append("; ").append(rejection.inWords()));
            return words.toString();
        }
    }

    /** Would never fit, whatever joins. */
    record Refused(String code, String detail) implements PlacementDecision {}
}
