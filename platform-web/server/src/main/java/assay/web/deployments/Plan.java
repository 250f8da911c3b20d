package assay.web.deployments;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Where one new replica would go now. Nothing is held for it: a moment later it may be another. */
public sealed interface Plan {
    /**
     * It fits.
     *
     * @param victims replicas of lower priority that would have to give way
     * @param stepSeconds of the slowest stage for one token; 0 when that is not known
     * @param hopSeconds between the stages in all; 0 when that is not known
     * @param kvRoomTokens the smallest of the stages
     */
    record Placed(
            List<PlannedStage> stages,
            List<Victim> victims,
            double stepSeconds,
            double hopSeconds,
            long kvRoomTokens)
            implements Plan {
        public Placed {
            stages = List.copyOf(stages);
            victims = List.copyOf(victims);
        }
    }

    /**
     * There is no room now.
     *
     * @param missingBytes the least that the best devices would have to have more; 0 when it is not
     *     for memory
     * @param rejections the nearest misses first, a bounded number
     * @param counts nodes and devices that each filter turned away, by its stable name
     * @param inWords the scheduler's own summary
     */
    record Waiting(
            long missingBytes,
            List<Rejection> rejections,
            Map<String, Integer> counts,
            WouldFit wouldFit,
            String inWords)
            implements Plan {
        public Waiting {
            rejections = List.copyOf(rejections);
            counts = java.util.Collections.unmodifiableMap(new TreeMap<>(counts));
        }
    }

    /**
     * It would never fit as it is asked for.
     *
     * @param code the scheduler's stable name
     */
    record Refused(String code, String detail) implements Plan {}

    /**
     * A run of layers and its place.
     *
     * @param endLayer the first that it does not hold
     * @param deviceFreeBytes before this stage
     * @param stepSeconds for one token; 0 when that is not known
     * @param kvRoomTokens with what would stay free on the device
     */
    record PlannedStage(
            int index,
            String nodeId,
            String nodeName,
            String deviceId,
            String deviceName,
            int firstLayer,
            int endLayer,
            long weightBytes,
            long kvBytes,
            long workspaceBytes,
            long deviceFreeBytes,
            double stepSeconds,
            long kvRoomTokens) {
        /** All that it needs. */
        public long bytes() {
            return weightBytes + kvBytes + workspaceBytes;
        }
    }

    /** A replica that would have to give way. */
    record Victim(String replicaId, String deployment, int priority) {}

    /**
     * Why a node or one of its devices takes no stage.
     *
     * @param deviceId empty for the whole node
     * @param filter a stable name: "MEMORY_SHORT", "LABEL_MISSING"…
     * @param freeBytes and {@code missingBytes}: 0 unless the filter is one of memory
     * @param detail the label, the taint, the device type; empty where there is none
     */
    record Rejection(
            String nodeId,
            String nodeName,
            String deviceId,
            String filter,
            long freeBytes,
            long missingBytes,
            String detail,
            String inWords) {}

    /**
     * What would find room now, each with all else as wished; 0 where it would not.
     *
     * @param deviceBytes the least free memory of one more device
     */
    record WouldFit(int kvTokens, int maxSequences, long deviceBytes) {}
}
