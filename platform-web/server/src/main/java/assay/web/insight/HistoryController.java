package assay.web.insight;

import assay.web.WebException;
import assay.web.identity.CurrentCaller;
import assay.web.insight.ClusterHistory.Subject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Why things are where they are, over REST. */
@RestController
class HistoryController {
    private final ClusterHistory history;
    private final CurrentCaller callers;

    HistoryController(ClusterHistory history, CurrentCaller callers) {
        this.history = history;
        this.callers = callers;
    }

    @GetMapping("/api/v1/admin/replicas/{id}/history")
    Map<String, Object> ofReplica(
            @PathVariable String id,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(defaultValue = "0") long before) {
        return page(new Subject.OfReplica(id), limit, before);
    }

    @GetMapping("/api/v1/admin/deployments/{name}/history")
    Map<String, Object> ofDeployment(
            @PathVariable String name,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(defaultValue = "0") long before) {
        return page(new Subject.OfDeployment(name), limit, before);
    }

    @GetMapping("/api/v1/admin/nodes/{id}/history")
    Map<String, Object> ofNode(
            @PathVariable String id,
            @RequestParam(defaultValue = "100") int limit,
            @RequestParam(defaultValue = "0") long before) {
        return page(new Subject.OfNode(id), limit, before);
    }

    private Map<String, Object> page(Subject subject, int limit, long before) {
        var caller = callers.required();
        if (limit < 1 || limit > ClusterHistory.MOST) {
            throw WebException.invalid(
                    "limit", limit + " (expected: 1.." + ClusterHistory.MOST + ")");
        }
        if (before < 0) {
            throw WebException.invalid("before", before + " (expected: 0 or above)");
        }
        var page = history.page(caller, subject, limit, before);
        List<Map<String, Object>> events =
                page.events().stream().map(HistoryController::json).toList();
        return Map.of("events", events, "more", page.more());
    }

    private static Map<String, Object> json(HistoryEvent event) {
        var json = new LinkedHashMap<String, Object>();
        json.put("id", event.id());
        json.put("unix_millis", event.unixMillis());
        json.put("kind", event.kind());
        put(json, "replica_id", event.replicaId());
        put(json, "deployment", event.deployment());
        put(json, "node_id", event.nodeId());
        put(json, "node_name", event.nodeName());
        if (event.epoch() > 0) {
            json.put("epoch", event.epoch());
        }
        json.put("event", event.event());
        put(json, "from", event.from());
        put(json, "to", event.to());
        put(json, "reason", event.reason().words());
        if (!event.reason().parts().isEmpty()) {
            json.put("reason_parts", event.reason().json());
        }
        if (!event.stages().isEmpty()) {
            json.put("stages", event.stages().stream().map(HistoryController::json).toList());
        }
        return json;
    }

    private static Map<String, Object> json(HistoryEvent.Place place) {
        var json = new LinkedHashMap<String, Object>();
        json.put("index", place.index());
        json.put("node_id", place.nodeId());
        json.put("node_name", place.nodeName());
        json.put("device_id", place.deviceId());
        json.put("first_layer", place.firstLayer());
        json.put("end_layer", place.endLayer());
        json.put("moved", place.moved());
        return json;
    }

    private static void put(Map<String, Object> json, String name, String value) {
        if (!value.isEmpty()) {
            json.put(name, value);
        }
    }
}
