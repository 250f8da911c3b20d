package assay.scheduler.core.cluster;

import assay.scheduler.core.cluster.Reason.Code;
import assay.scheduler.core.cluster.Rejection.Filter;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
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

        /** For people; the first few rejections alone. */
        public Reason reason() {
            Reason reason =
                    missing.isMoreThan(Bytes.ZERO)
                            ? Reason.of(Code.NO_ROOM_BY, missing)
                            : Reason.of(Code.NO_ROOM);
            if (counts.isEmpty()) {
                return reason.then(Code.NO_NODE);
            }
            for (Map.Entry<Filter, Integer> entry : counts.entrySet()) {
                reason = reason.then(Code.TURNED_AWAY, entry.getValue(), entry.getKey().name());
            }
            for (Rejection rejection : rejections.subList(0, Math.min(SPOKEN, rejections.size()))) {
                reason = reason.then(rejection.reason());
            }
            return reason;
        }
    }

    /** Would never fit, whatever joins. */
    record Refused(String code, String detail) implements PlacementDecision {}
}
