package assay.web.nodes;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
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
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Nodes, their devices, what runs on them and what operators do with them, over REST. */
@RestController
class NodesController {
    static final String PATH = "/api/v1/admin/nodes";

    private final ClusterInsight insight;
    private final NodeOperations operations;
    private final CurrentCaller callers;
    private final int maxBytes;

    NodesController(
            ClusterInsight insight,
            NodeOperations operations,
            CurrentCaller callers,
            WebSettings settings) {
        this.insight = insight;
        this.operations = operations;
        this.callers = callers;
        this.maxBytes = settings.serving().requestBytes();
    }

    @GetMapping(PATH)
    Map<String, Object> list() {
        var picture = insight.now(callers.required());
        var json = new LinkedHashMap<String, Object>();
        json.put("unix_millis", picture.unixMillis());
        json.put("connected", picture.connected());
        json.put("doubt", picture.doubt());
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
        var fields = body(request, Set.of("reason"));
        String reason = fields.text("reason", "");
        fields.done();
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
        var fields = body(request, Set.of("reason", "bound_seconds"));
        String reason = fields.text("reason", "");
        int bound = fields.whole("bound_seconds", 0);
        fields.done();
        return json(
                operations.drain(
                        caller,
                        RequestId.of(request),
                        id,
                        reason,
                        bound == 0 ? null : Duration.ofSeconds(bound)));
    }

    @PostMapping(PATH + "/{id}/labels")
    Map<String, Object> labels(@PathVariable String id, HttpServletRequest request)
            throws IOException {
        var caller = callers.required();
        var fields = body(request, Set.of("labels"));
        var labels = fields.textMap("labels");
        fields.done();
        return json(operations.label(caller, RequestId.of(request), id, labels));
    }

    @PostMapping(PATH + "/{id}/taints")
    Map<String, Object> taints(@PathVariable String id, HttpServletRequest request)
            throws IOException {
        var caller = callers.required();
        var fields = body(request, Set.of("taints"));
        var taints = fields.texts("taints");
        fields.done();
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

    /** What may be left out may be left out whole. */
    private JsonFields body(HttpServletRequest request, Set<String> names) throws IOException {
        boolean empty =
                request.getContentLengthLong() == 0
                        || request.getContentLengthLong() < 0
                                && request.getHeader("Transfer-Encoding") == null;
        return JsonFields.of(
                empty
                        ? tools.jackson.databind.node.JsonNodeFactory.instance.objectNode()
                        : JsonBody.read(request, maxBytes),
                names);
    }

    private static Map<String, Object> json(NodeOperations.Outcome outcome) {
        return Map.of(
                "duty",
                outcome.duty().name().toLowerCase(Locale.ROOT),
                "stages",
                outcome.stages());
    }
}
