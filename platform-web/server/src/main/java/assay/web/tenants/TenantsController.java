package assay.web.tenants;

import static assay.web.tenants.AdminRest.body;
import static assay.web.tenants.AdminRest.id;

import assay.web.http.JsonFields;
import assay.web.http.Paging;
import assay.web.http.Versions;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Tenants over REST. */
@RestController
@RequestMapping(AdminRest.ROOT + "/tenants")
class TenantsController {
    private static final int GRACE_HOURS = 7 * 24;

    private final TenantRegister tenants;
    private final TenantExport export;
    private final AdminRest rest;

    TenantsController(TenantRegister tenants, TenantExport export, AdminRest rest) {
        this.tenants = tenants;
        this.export = export;
        this.rest = rest;
    }

    @GetMapping
    ObjectNode list(
            HttpServletRequest request,
            @RequestParam(defaultValue = "") String search,
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(required = false) @Nullable Integer limit) {
        int most = Paging.limit(limit);
        return AdminRest.page(
                "tenants",
                tenants.list(rest.call(request).caller(), search, after, most),
                most,
                TenantsController::json,
                TenantRegister.Entry::slug);
    }

    @PostMapping
    ResponseEntity<ObjectNode> create(HttpServletRequest request) throws IOException {
        record Asked(String slug, String name) {}
        Asked asked =
                body(
                        request,
                        Set.of("slug", "name"),
                        fields -> new Asked(fields.required("slug"), fields.required("name")));
        var made = tenants.create(rest.call(request), asked.slug(), asked.name());
        return AdminRest.created("/tenants/" + made.id(), json(made), made.version());
    }

    @GetMapping("/{id}")
    ResponseEntity<ObjectNode> find(HttpServletRequest request, @PathVariable String id) {
        return shown(tenants.find(rest.call(request).caller(), id(id, "tenant")));
    }

    @PatchMapping("/{id}")
    ResponseEntity<ObjectNode> change(HttpServletRequest request, @PathVariable String id)
            throws IOException {
        var call = rest.call(request);
        var before = tenants.find(call.caller(), id(id, "tenant"));
        TenantRegister.Draft asked =
                body(
                        request,
                        Set.of("name", "guests", "second_factor_required"),
                        fields ->
                                new TenantRegister.Draft(
                                        fields.text("name", before.name()),
                                        fields.inner(
                                                "guests",
                                                Set.of(
                                                        "allowed",
                                                        "scenarios",
                                                        "per_minute",
                                                        "retention_days"),
                                                inner -> guests(inner, before.guests())),
                                        fields.flag(
                                                "second_factor_required", before.secondFactor())));
        return shown(tenants.change(call, before.id(), Versions.seen(request), asked));
    }

    /** What is not named stays; no limit of one's own is the number 0. */
    private static TenantRegister.Guests guests(JsonFields fields, TenantRegister.Guests before) {
        Set<String> scenarios = new TreeSet<>(fields.texts("scenarios"));
        int none = before.perMinute() == null ? 0 : before.perMinute();
        int rate = fields.whole("per_minute", none);
        return new TenantRegister.Guests(
                fields.flag("allowed", before.allowed()),
                fields.has("scenarios") ? scenarios : before.scenarios(),
                rate == 0 ? null : rate,
                fields.whole("retention_days", before.retentionDays()));
    }

    @PostMapping("/{id}/suspend")
    ResponseEntity<ObjectNode> suspend(HttpServletRequest request, @PathVariable String id) {
        return shown(tenants.suspend(rest.call(request), id(id, "tenant"), Versions.seen(request)));
    }

    @PostMapping("/{id}/resume")
    ResponseEntity<ObjectNode> resume(HttpServletRequest request, @PathVariable String id) {
        return shown(tenants.resume(rest.call(request), id(id, "tenant"), Versions.seen(request)));
    }

    @PostMapping("/{id}/restore")
    ResponseEntity<ObjectNode> restore(HttpServletRequest request, @PathVariable String id) {
        return shown(tenants.restore(rest.call(request), id(id, "tenant"), Versions.seen(request)));
    }

    @DeleteMapping("/{id}")
    ResponseEntity<ObjectNode> delete(
            HttpServletRequest request,
            @PathVariable String id,
            @RequestParam(defaultValue = "") String confirm,
            @RequestParam(name = "grace_hours", required = false) @Nullable Integer graceHours) {
        return shown(
                tenants.delete(
                        rest.call(request),
                        id(id, "tenant"),
                        Versions.seen(request),
                        confirm,
                        Duration.ofHours(graceHours == null ? GRACE_HOURS : graceHours)));
    }

    @GetMapping("/{id}/export")
    void export(HttpServletRequest request, HttpServletResponse response, @PathVariable String id)
            throws IOException {
        var tenant = export.begin(rest.call(request), id(id, "tenant"));
        response.setContentType("application/zip");
        response.setHeader(
                "Content-Disposition", "attachment; filename=\"" + tenant.slug() + ".zip\"");
        export.write(tenant, response.getOutputStream());
    }

    private static ResponseEntity<ObjectNode> shown(TenantRegister.Entry tenant) {
        return AdminRest.shown(json(tenant), tenant.version());
    }

    static ObjectNode json(TenantRegister.Entry tenant) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", tenant.id().toString())
                .put("slug", tenant.slug())
                .put("name", tenant.name())
                .put("state", tenant.state().id())
                .put(
                        "delete_after",
                        tenant.deleteAfter() == null ? null : tenant.deleteAfter().toString())
                .put("second_factor_required", tenant.secondFactor())
                .put("created_at", tenant.createdAt().toString())
                .put("version", tenant.version());
        var guests = tenant.guests();
        ObjectNode inner = node.putObject("guests");
        inner.put("allowed", guests.allowed())
                .put("per_minute", guests.perMinute())
                .put("retention_days", guests.retentionDays());
        AdminRest.texts(inner, "scenarios", guests.scenarios().stream().sorted().toList());
        return node;
    }
}
