package assay.web.trail;

import assay.audit.search.AuditQuery;
import assay.web.http.JsonBody;
import assay.web.http.JsonFields;
import assay.web.http.RequestId;
import assay.web.http.Versions;
import assay.web.identity.CurrentCaller;
import assay.web.tenants.AdminCall;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Exports of audit records, and searches that people keep, over REST. */
@RestController
@RequestMapping(TrailController.PATH)
class ExportsController {
    private static final int BODY_BYTES = 16_384;

    private final AuditExports exports;
    private final SavedSearches searches;
    private final AuditTrail trail;
    private final CurrentCaller callers;
    private final InstantSource clock;

    ExportsController(
            AuditExports exports,
            SavedSearches searches,
            AuditTrail trail,
            CurrentCaller callers,
            InstantSource clock) {
        this.exports = exports;
        this.searches = searches;
        this.trail = trail;
        this.callers = callers;
        this.clock = clock;
    }

    @PostMapping("/exports")
    ResponseEntity<ObjectNode> create(HttpServletRequest request) throws IOException {
        var fields =
                JsonFields.of(
                        JsonBody.read(request, BODY_BYTES), Set.of("format", "tenant", "query"));
        var format = fields.choice("format", AuditExport.Format.NDJSON);
        String tenant = fields.text("tenant", "");
        Map<String, String> parameters = fields.textMap("query");
        fields.done();
        AdminCall call = call(request);
        AuditQuery query =
                TrailRest.query(trail.scope(call.caller(), tenant), parameters, clock.instant());
        AuditExport made = exports.create(call, query, format);
        return ResponseEntity.created(URI.create(TrailController.PATH + "/exports/" + made.id()))
                .body(json(made));
    }

    @GetMapping("/exports")
    Map<String, List<ObjectNode>> list() {
        return Map.of(
                "exports",
                exports.list(callers.required()).stream().map(ExportsController::json).toList());
    }

    @GetMapping("/exports/{id}")
    ObjectNode find(@PathVariable String id) {
        return json(exports.find(callers.required(), TrailRest.id(id, "export")));
    }

    @DeleteMapping("/exports/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(HttpServletRequest request, @PathVariable String id) {
        exports.remove(call(request), TrailRest.id(id, "export"));
    }

    @GetMapping("/exports/{id}/file")
    ResponseEntity<Resource> file(HttpServletRequest request, @PathVariable String id)
            throws IOException {
        AdminCall call = call(request);
        var uuid = TrailRest.id(id, "export");
        Path file = exports.file(call, uuid);
        AuditExport export = exports.find(call.caller(), uuid);
        return ResponseEntity.ok()
                .contentType(
                        MediaType.parseMediaType(
                                export.format() == AuditExport.Format.CSV
                                        ? "text/csv; charset=utf-8"
                                        : "application/x-ndjson"))
                .contentLength(Files.size(file))
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        ContentDisposition.attachment()
                                .filename(export.fileName())
                                .build()
                                .toString())
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .body(new FileSystemResource(file));
    }

    private static ObjectNode json(AuditExport export) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", export.id().toString())
                .put("format", export.format().id())
                .put("tenant", export.scope())
                .put("query", export.query())
                .put("state", export.state().id())
                .put("records", export.records())
                .put("expected", export.expected())
                .put("bytes", export.bytes())
                .put("sha256", export.sha256())
                .put("reason", export.reason())
                .put("created_at", export.createdAt().toString())
                .put("expires_at", export.expiresAt().toString());
    }

    @GetMapping("/searches")
    Map<String, List<ObjectNode>> searches() {
        return Map.of(
                "searches",
                searches.list(callers.required()).stream().map(ExportsController::json).toList());
    }

    @PostMapping("/searches")
    ResponseEntity<ObjectNode> keep(HttpServletRequest request) throws IOException {
        Asked asked = asked(request);
        var made = searches.create(call(request), asked.name(), asked.query());
        return ResponseEntity.created(URI.create(TrailController.PATH + "/searches/" + made.id()))
                .eTag(Versions.etag(made.version()))
                .body(json(made));
    }

    @PutMapping("/searches/{id}")
    ResponseEntity<ObjectNode> change(HttpServletRequest request, @PathVariable String id)
            throws IOException {
        long seen = Versions.seen(request);
        Asked asked = asked(request);
        var changed =
                searches.change(
                        call(request),
                        TrailRest.id(id, "search"),
                        seen,
                        asked.name(),
                        asked.query());
        return ResponseEntity.ok().eTag(Versions.etag(changed.version())).body(json(changed));
    }

    @DeleteMapping("/searches/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void forget(HttpServletRequest request, @PathVariable String id) {
        searches.remove(call(request), TrailRest.id(id, "search"), Versions.seen(request));
    }

    private record Asked(String name, String query) {}

    private static Asked asked(HttpServletRequest request) throws IOException {
        var fields = JsonFields.of(JsonBody.read(request, BODY_BYTES), Set.of("name", "query"));
        var asked = new Asked(fields.required("name"), fields.required("query"));
        fields.done();
        return asked;
    }

    private static ObjectNode json(SavedSearches.Entry search) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", search.id().toString())
                .put("name", search.name())
                .put("query", search.query())
                .put("version", search.version());
    }

    private AdminCall call(HttpServletRequest request) {
        return new AdminCall(callers.required(), RequestId.of(request));
    }
}
