package assay.web.trail;

import assay.audit.search.AuditCursor;
import assay.audit.search.AuditHistogram;
import assay.audit.search.AuditPage;
import assay.audit.search.AuditQuery;
import assay.audit.search.AuditScope;
import assay.web.http.Paging;
import assay.web.http.RequestId;
import assay.web.identity.Caller;
import assay.web.identity.CurrentCaller;
import assay.web.tenants.AdminCall;
import jakarta.servlet.http.HttpServletRequest;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Searches of the audit records over REST. */
@RestController
@RequestMapping(TrailController.PATH)
class TrailController {
    static final String PATH = "/api/v1/admin/audit";

    private final AuditTrail trail;
    private final TrailProof proof;
    private final CurrentCaller callers;
    private final InstantSource clock;

    TrailController(
            AuditTrail trail, TrailProof proof, CurrentCaller callers, InstantSource clock) {
        this.trail = trail;
        this.proof = proof;
        this.callers = callers;
        this.clock = clock;
    }

    @GetMapping("/events")
    ObjectNode events(HttpServletRequest request, @RequestParam Map<String, String> parameters) {
        AdminCall call = call(request);
        AuditQuery query = query(call.caller(), parameters, Set.of("tenant", "cursor", "limit"));
        AuditPage page =
                trail.page(
                        call,
                        query,
                        Paging.cursor(parameters.get("cursor"), AuditCursor::parse),
                        Paging.limit(parameters.get("limit")));
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        range(node, query);
        var list = node.putArray("events");
        page.records().forEach(each -> list.add(RecordJson.of(each)));
        node.put("next", page.next() == null ? null : page.next().toString());
        return node;
    }

    @GetMapping("/events/{id}")
    ObjectNode event(
            HttpServletRequest request,
            @PathVariable String id,
            @RequestParam @Nullable String tenant) {
        AdminCall call = call(request);
        AuditScope scope = trail.scope(call.caller(), tenant);
        return RecordJson.of(trail.find(call, scope, TrailRest.id(id, "audit record")));
    }

    @GetMapping("/histogram")
    ObjectNode histogram(HttpServletRequest request, @RequestParam Map<String, String> parameters) {
        AdminCall call = call(request);
        AuditQuery query = query(call.caller(), parameters, Set.of("tenant"));
        AuditHistogram histogram = trail.histogram(call, query, true);
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        range(node, query);
        node.put("width_seconds", histogram.width().toSeconds());
        node.put("count", histogram.count());
        counts(node.putObject("outcomes"), histogram.outcomes());
        var list = node.putArray("buckets");
        histogram
                .buckets()
                .forEach(each ->
                        counts(
                                list.addObject()
                                        .put("from", each.from().toString())
                                        .put("count", each.count())
                                        .putObject("outcomes"),
                                each.results()));
        return node;
    }

    private static void range(ObjectNode node, AuditQuery query) {
        node.put("from", query.from().toString());
        node.put("to", query.to().toString());
    }

    private static void counts(ObjectNode node, Map<String, Long> counts) {
        new TreeMap<>(counts).forEach(node::put);
    }

    @GetMapping("/actions")
    Map<String, List<String>> actions(
            @RequestParam @Nullable String tenant, @RequestParam(defaultValue = "") String prefix) {
        Caller caller = callers.required();
        return Map.of("actions", trail.actions(caller, trail.scope(caller, tenant), prefix));
    }

    @PostMapping("/verify")
    @ResponseStatus(HttpStatus.ACCEPTED)
    ObjectNode verify(HttpServletRequest request, @RequestParam @Nullable String tenant) {
        AdminCall call = call(request);
        return json(proof.start(call, trail.scope(call.caller(), tenant)));
    }

    @GetMapping("/verify")
    ObjectNode verified(@RequestParam @Nullable String tenant) {
        Caller caller = callers.required();
        AuditScope scope = trail.scope(caller, tenant);
        return proof.last(caller, scope)
                .map(TrailController::json)
                .orElseGet(() -> JsonNodeFactory.instance.objectNode().putNull("state"));
    }

    private static ObjectNode json(AuditProof.Check check) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("state", check.phase().name().toLowerCase(java.util.Locale.ROOT))
                .put("checked", check.checked())
                .put("expected", check.expected())
                .put("started_at", check.startedAt().toString())
                .put("finished_at", TrailRest.text(check.finishedAt()))
                .put("fault", check.fault())
                .put("record", check.record());
    }

    private AdminCall call(HttpServletRequest request) {
        return new AdminCall(callers.required(), RequestId.of(request));
    }

    private AuditQuery query(Caller caller, Map<String, String> parameters, Set<String> more) {
        var unknown = new HashSet<>(parameters.keySet());
        unknown.removeAll(AuditQuery.PARAMETERS);
        unknown.removeAll(more);
        if (!unknown.isEmpty()) {
            var wrong = new HashMap<String, String>();
            unknown.forEach(each -> wrong.put(TrailRest.cut(each), "unknown parameter"));
            throw TrailRest.invalid(wrong);
        }
        return TrailRest.query(
                trail.scope(caller, parameters.get("tenant")), parameters, clock.instant());
    }
}
