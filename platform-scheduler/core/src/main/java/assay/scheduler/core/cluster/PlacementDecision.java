package assay.scheduler.core.cluster;

import java.util.List;

/** What became of the wish to place a replica. */
public sealed interface PlacementDecision {
    /** There is room: in the order of the stages, nothing booked yet. */
    record Placed(List<StageAssignment> stages) implements PlacementDecision {
        public Placed {
            stages = List.copyOf(stages);
        }
    }

    /**
     * No room now; asked again when capacity changes.
     *
     * @param missing the least that more memory on the best devices would have to be
     * @param reasons for each node that was looked at
     */
    record Waiting(Bytes missing, List<NodeReason> reasons) implements PlacementDecision {
        public Waiting {
            reasons = List.copyOf(reasons);
        }

        /** In words, for people. */
        public String inWords() {
            var words = new StringBuilder("no room: " + missing + " more needed");
            for (NodeReason reason : reasons) {
                words.append("; ").append(reason.name()).append(": ").append(reason.reason());
            }
            return reasons.isEmpty()
                    ? words.append("; no node is there").toString()
                    : words.toString();
        }
    }

    /** Would never fit, whatever joins. */
    record Refused(String code, String detail) implements PlacementDecision {}

    /** Why a node did not take a stage. */
    record NodeReason(NodeId node, String name, String reason) {}
}
