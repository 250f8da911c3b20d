package assay.web.trail;

import assay.audit.search.AuditCursor;
import assay.audit.search.AuditFound;
import assay.audit.search.AuditHistogram;
import assay.audit.search.AuditPage;
import assay.audit.search.AuditQuery;
import assay.audit.search.AuditScope;
import assay.audit.search.AuditSearch;
import assay.audit.search.TooWideException;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.audit.AuditedChanges.Change;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.tenancy.DatabaseWatch;
import assay.web.tenants.AdminCall;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The searches, with rights asked and records left. Thread-safe. */
@Component
class SearchedTrail implements AuditTrail {
    private static final String PATH = "/api/v1/admin/audit";
    private static final int SUGGESTIONS = 200;

    private final AuditSearch search;
    private final AuditedChanges changes;
    private final DatabaseWatch watch;

    SearchedTrail(AuditSearch search, AuditedChanges changes, DatabaseWatch watch) {
        this.search = search;
        this.changes = changes;
        this.watch = watch;
    }

    @Override
    public AuditScope scope(Caller caller, @Nullable String tenant) {
        AuditScope scope = named(caller, tenant);
        check(caller, scope);
        return scope;
    }

    private static AuditScope named(Caller caller, @Nullable String tenant) {
        if (tenant == null || tenant.isBlank()) {
            return new AuditScope.Tenant(caller.tenantId());
        }
        if (tenant.equals("platform")) {
            return AuditScope.PLATFORM;
        }
        try {
            return AuditScope.parse(tenant.strip());
        } catch (IllegalArgumentException e) {
            throw WebException.invalid("tenant", "unknown (expected: an id, all or platform)");
        }
    }

    @Override
    public boolean everywhere(Caller caller) {
        return caller.may(Permission.TENANT_MANAGE);
    }

    static void check(Caller caller, AuditScope scope) {
        boolean own = scope.equals(new AuditScope.Tenant(caller.tenantId()));
        if (!own) {
            caller.require(Permission.TENANT_MANAGE);
        }
    }

    @Override
    public AuditPage page(
            AdminCall call, AuditQuery query, @Nullable AuditCursor after, int limit) {
        return audited(
                call, "audit.search", "/events", query, () -> search.page(query, after, limit));
    }

    @Override
    public AuditPage tail(AdminCall call, AuditQuery query, int limit, boolean first) {
        return first
                ? audited(
                        call, "audit.tail", "/events", query, () -> search.page(query, null, limit))
                : permitted(call.caller(), query.scope(), () -> search.page(query, null, limit));
    }

    @Override
    public AuditHistogram histogram(AdminCall call, AuditQuery query, boolean alone) {
        return alone
                ? audited(
                        call, "audit.histogram", "/histogram", query, () -> search.histogram(query))
                : permitted(call.caller(), query.scope(), () -> search.histogram(query));
    }

    @Override
    public List<String> actions(Caller caller, AuditScope scope, String prefix) {
        return permitted(caller, scope, () -> search.actions(scope, prefix, SUGGESTIONS));
    }

    @Override
    public AuditFound find(AdminCall call, AuditScope scope, UUID id) {
        var change =
                new Change(
                        call.caller(),
                        call.requestId(),
                        "audit.read",
                        "audit-record",
                        id.toString(),
                        "GET",
                        PATH + "/events/" + id,
                        Map.of("tenant", scope.toString()));
        return changes.run(
                change,
                () ->
                        permitted(call.caller(), scope, () -> search.find(scope, id))
                                .orElseThrow(() ->
                                        new WebException(
                                                ErrorCode.NOT_FOUND, "no such audit record")));
    }

    private <T> T audited(
            AdminCall call, String action, String path, AuditQuery query, Supplier<T> work) {
        var details = new HashMap<String, Object>(query.parameters());
        details.put("tenant", query.scope().toString());
        var change =
                new Change(
                        call.caller(),
                        call.requestId(),
                        action,
                        "audit",
                        query.scope().toString(),
                        "GET",
                        PATH + path,
                        details);
        return changes.run(change, () -> permitted(call.caller(), query.scope(), work));
    }

    private <T> T permitted(Caller caller, AuditScope scope, Supplier<T> work) {
        caller.require(Permission.AUDIT_READ);
        check(caller, scope);
        try {
            return work.get();
        } catch (TooWideException e) {
            throw WebException.invalid("from", e.getMessage() + " (expected: a shorter range)");
        } catch (RuntimeException e) {
            throw watch.lost(e) ? DatabaseWatch.unavailable(e) : e;
        }
    }
}
