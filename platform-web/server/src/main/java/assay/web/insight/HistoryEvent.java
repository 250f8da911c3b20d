package assay.web.insight;

import java.util.List;

/**
 * One thing that became of a replica, a node or a deployment: why it is here, why it moved.
 * Immutable.
 *
 * @param id grows with time
 * @param kind "replica", "node", "deployment"
 * @param event a stable name: "PLACED", "NODE_GONE"…
 * @param from and {@code to}: its states; empty where there is none
 * @param reason why
 * @param stages where a replica is from then on; empty when nothing moved
 */
public record HistoryEvent(
        long id,
        long unixMillis,
        String kind,
        String replicaId,
        String deployment,
        String nodeId,
        String nodeName,
        long epoch,
        String event,
        String from,
        String to,
        Reason reason,
        List<Place> stages) {
    /**
     * Where a stage went.
     *
     * @param moved it was elsewhere before
     */
    public record Place(
            int index,
            String nodeId,
            String nodeName,
            String deviceId,
            int firstLayer,
            int endLayer,
            boolean moved) {}

    public HistoryEvent {
        stages = List.copyOf(stages);
    }
}
