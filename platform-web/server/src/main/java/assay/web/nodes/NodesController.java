package assay.web.nodes;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.audit.AuditedChanges;
import assay.web.http.JsonBody;
import assay.web.http.JsonFields;
import assay.web.http.RequestId;
import assay.web.identity.CurrentCaller;
import assay.web.identity.Permission;
import assay.web.insight.ClusterInsight;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Nodes, their devices, what runs on them and what operators do with them, over REST. */
@RestController
class NodesController {
    static final String PATH = "/api/v1/admin/nodes";

    private final ClusterInsight insight;
    private final NodeOperations operations;
    private final CurrentCaller callers;
    private final AuditedChanges changes;
    private final int maxBytes;

    NodesController(
            ClusterInsight insight,
            NodeOperations operations,
            AuditedChanges changes,
            CurrentCaller callers,
            WebSettings settings) {
        this.insight = insight;
        this.operations = operations;
        this.changes = changes;
        this.callers = callers;
        this.maxBytes = settings.serving().requestBytes();
    }

    @GetMapping(PATH)
    Map<String, Object> list() {
        var picture = insight.now(callers.required());
        var json = new LinkedHashMap<String, Object>();
        json.put("unix_millis", picture.unixMillis());
        json.put("connected", picture.connected());
        json.put("doubt", picture.doubt().words());
        json.put("storage", picture.storage());
        json.put("nodes", picture.nodes().stream().map(NodeJson::of).toList());
        return json;
    }

    @GetMapping(PATH + "/{id}")
    Map<String, Object> find(@PathVariable String id) {
        return insight.now(callers.required())
                .node(id)
                .map(NodeJson::of)
                .orElseThrow(() -> new WebException(ErrorCode.NOT_FOUND, "no such node"));
    }

    /** The last ten minutes. */
    @GetMapping(PATH + "/{id}/trend")
    Map<String, Object> trend(@PathVariable String id) {
        var caller = callers.required();
        if (insight.now(caller).node(id).isEmpty()) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such node");
        }
        return NodeJson.of(insight.trend(caller, id));
    }

    @GetMapping("/api/v1/admin/replicas")
    Map<String, Object> replicas() {
        var caller = callers.required();
        caller.require(Permission.DEPLOYMENT_READ);
        return Map.of(
                "replicas", insight.now(caller).replicas().stream().map(NodeJson::of).toList());
    }

    @PostMapping(PATH + "/{id}/cordon")
    Map<String, Object> cordon(@PathVariable String id, HttpServletRequest request)
            throws IOException {
        var caller = callers.required();
        String reason =
                read("cordon", id, request, Set.of("reason"), fields -> fields.text("reason", ""));
        return json(operations.cordon(caller, RequestId.of(request), id, reason));
    }

    @PostMapping(PATH + "/{id}/uncordon")
    Map<String, Object> uncordon(@PathVariable String id, HttpServletRequest request) {
        return json(operations.uncordon(callers.required(), RequestId.of(request), id));
    }

    @PostMapping(PATH + "/{id}/drain")
    Map<String, Object> drain(@PathVariable String id, HttpServletRequest request)
            throws IOException {
        var caller = callers.required();
        var wish =
                read(
                        "drain",
                        id,
                        request,
                        Set.of("reason", "bound_seconds"),
                        fields ->
                                new Drain(
                                        fields.text("reason", ""),
                                        fields.whole("bound_seconds", 0)));
        var bound = wish.boundSeconds() == 0 ? null : Duration.ofSeconds(wish.boundSeconds());
        return json(operations.drain(caller, RequestId.of(request), id, wish.reason(), bound));
    }

    /** What a request to drain says. */
    private record Drain(String reason, int boundSeconds) {}

    @PostMapping(PATH + "/{id}/labels")
    Map<String, Object> labels(@PathVariable String id, HttpServletRequest request)
            throws IOException {
        var caller = callers.required();
        var labels =
                read("labels", id, request, Set.of("labels"), fields -> fields.textMap("labels"));
        return json(operations.label(caller, RequestId.of(request), id, labels));
    }

    @PostMapping(PATH + "/{id}/taints")
    Map<String, Object> taints(@PathVariable String id, HttpServletRequest request)
            throws IOException {
        var caller = callers.required();
        var taints =
                read("taints", id, request, Set.of("taints"), fields -> fields.texts("taints"));
        return json(operations.taint(caller, RequestId.of(request), id, taints));
    }

    @DeleteMapping(PATH + "/{id}")
    ResponseEntity<Void> forget(@PathVariable String id, HttpServletRequest request) {
        operations.forget(callers.required(), RequestId.of(request), id);
        return ResponseEntity.noContent().build();
    }

    @PostMapping(PATH + "/accept-loss")
    Map<String, Object> acceptLoss(HttpServletRequest request) {
        return Map.of("nodes", operations.acceptLoss(callers.required(), RequestId.of(request)));
    }

    /** Rights go before the body; a body whose fields may all be left out may be left out whole. */
    private <T> T read(
            String verb,
            String nodeId,
            HttpServletRequest request,
            Set<String> names,
            Function<JsonFields, T> read)
            throws IOException {
        var caller = callers.required();
        var change =
                new AuditedChanges.Change(
                        caller,
                        RequestId.of(request),
                        "node." + verb,
                        "node",
                        nodeId,
                        request.getMethod(),
                        request.getRequestURI(),
                        Map.of());
        return changes.prepare(
                change,
                () -> {
                    caller.require(Permission.NODE_MANAGE);
                    boolean empty =
                            request.getContentLengthLong() <= 0
                                    && request.getHeader("Transfer-Encoding") == null;
                    JsonNode body =
                            empty
                                    ? JsonNodeFactory.instance.objectNode()
                                    : JsonBody.read(request, maxBytes);
                    var fields = JsonFields.of(body, names);
                    T value = read.apply(fields);
                    fields.done();
                    return value;
                });
    }

    private static Map<String, Object> json(NodeOperations.Outcome outcome) {
        return Map.of(
                "duty", outcome.duty().name().toLowerCase(Locale.ROOT), "stages", outcome.stages());
    }
}
