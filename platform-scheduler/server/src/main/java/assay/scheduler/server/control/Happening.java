package assay.scheduler.server.control;

import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.Reason;
import assay.scheduler.core.cluster.ReplicaId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Something that became of a replica, a node or a deployment. Immutable.
 *
 * @param kind "replica", "node" or "deployment"
 * @param replica of a replica's event
 * @param deployment its name, of a replica's or a deployment's event
 * @param node of a node's event
 * @param epoch of a replica's event; else 0
 * @param event stable name
 * @param stages where the replica is from then on; names are kept, since a node may be gone later
 */
record Happening(
        Instant at,
        String kind,
        Optional<ReplicaId> replica,
        Optional<String> deployment,
        Optional<NodeId> node,
        long epoch,
        String event,
        String from,
        String to,
        Reason reason,
        List<Place> stages) {
    private static final int LONGEST_REASON = 2_000;

    Happening {
        stages = List.copyOf(stages);
    }

    /** In words, cut where they are very long. */
    String reasonInWords() {
        String words = reason.inWords();
        return words.length() <= LONGEST_REASON ? words : words.substring(0, LONGEST_REASON);
    }

    /** As sentences; none where the words had to be cut. */
    List<Map<String, Object>> reasonAsMaps() {
        if (reason.inWords().length() > LONGEST_REASON) {
            return List.of();
        }
        return reason.parts().stream()
                .map(part ->
                        Map.<String, Object>of("code", part.code().name(), "values", part.values()))
                .toList();
    }

    /** Where a stage is. */
    record Place(
            int index,
            String node,
            String nodeName,
            String device,
            int firstLayer,
            int endLayer,
            boolean moved) {}

    List<Map<String, Object>> stagesAsMaps() {
        return stages.stream().map(Happening::asMap).toList();
    }

    private static Map<String, Object> asMap(Place place) {
        var map = new LinkedHashMap<String, Object>();
        map.put("index", place.index());
        map.put("node", place.node());
        map.put("node_name", place.nodeName());
        map.put("device", place.device());
        map.put("first_layer", place.firstLayer());
        map.put("end_layer", place.endLayer());
        map.put("moved", place.moved());
        return map;
    }
}
