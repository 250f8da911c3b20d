package assay.web.trail;

import assay.audit.search.AuditQuery;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.audit.AuditedChanges.Change;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.tenancy.TenantTransactions;
import assay.web.tenants.AdminCall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Exports as rows, which {@link ExportWorker} works off. Thread-safe. */
@Component
class StoredExports implements AuditExports {
    /** That a file may be loaded. */
    static final Duration KEPT = Duration.ofHours(24);

    private static final String PATH = "/api/v1/admin/audit/exports";
    private static final int LIST = 50;

    private final TenantTransactions transactions;
    private final AuditedChanges changes;
    private final ExportFolder folder;
    private final InstantSource clock;

    StoredExports(
            TenantTransactions transactions,
            AuditedChanges changes,
            ExportFolder folder,
            InstantSource clock) {
        this.transactions = transactions;
        this.changes = changes;
        this.folder = folder;
        this.clock = clock;
    }

    @Override
    public AuditExport create(AdminCall call, AuditQuery query, AuditExport.Format format) {
        UUID id = UUID.randomUUID();
        Caller caller = call.caller();
        Change change =
                change(
                        call,
                        "audit.export",
                        id,
                        "POST",
                        "",
                        Map.of(
                                "tenant",
                                query.scope().toString(),
                                "format",
                                format.id(),
                                "query",
                                AuditQuery.link(query.parameters())));
        return changes.inTransaction(
                change,
                transaction -> {
                    caller.require(Permission.AUDIT_EXPORT);
                    SearchedTrail.check(caller, query.scope());
                    checkRoom(transaction, caller);
                    Instant now = clock.instant();
                    transaction
                            .sql(
                                    """
                                    insert into trail_exports (id, tenant_id, owner, owner_name, format,
                                        scope, query, until, state, created_at, expires_at)
                                    values (:id, assay_tenant(), :owner, :name, :format, :scope, :query,
                                        :until, 'waiting', :now, :expires)
                                    """)
                            .param("id", id)
                            .param("owner", caller.id())
                            .param("name", caller.name())
                            .param("format", format.id())
                            .param("scope", query.scope().toString())
                            .param("query", AuditQuery.link(query.parameters()))
                            .param("until", utc(query.to()))
                            .param("now", utc(now))
                            .param("expires", utc(now.plus(KEPT)))
                            .update();
                    return read(transaction, caller, id);
                });
    }

    private static void checkRoom(JdbcClient transaction, Caller caller) {
        long open =
                transaction
                        .sql(
                                "select count(*) from trail_exports where tenant_id = assay_tenant()"
                                        + " and owner = :owner and state in ('waiting', 'running')")
                        .param("owner", caller.id())
                        .query(Long.class)
                        .single();
        if (open >= MOST_OPEN) {
            throw new WebException(
                    ErrorCode.JOB_STATE,
                    open + " exports are under way (expected: below " + MOST_OPEN + ")");
        }
    }

    @Override
    public List<AuditExport> list(Caller caller) {
        caller.require(Permission.AUDIT_EXPORT);
        return transactions.in(
                caller.tenantId(),
                transaction ->
                        transaction
                                .sql(
                                        "select * from trail_exports where tenant_id = assay_tenant()"
                                                + " and owner = :owner order by created_at desc, id limit "
                                                + LIST)
                                .param("owner", caller.id())
                                .query((row, _) -> export(row))
                                .list());
    }

    @Override
    public AuditExport find(Caller caller, UUID id) {
        caller.require(Permission.AUDIT_EXPORT);
        return transactions.in(caller.tenantId(), transaction -> read(transaction, caller, id));
    }

    @Override
    public void remove(AdminCall call, UUID id) {
        changes.inTransaction(
                change(call, "audit.export.cancel", id, "DELETE", "/" + id, Map.of()),
                transaction -> {
                    call.caller().require(Permission.AUDIT_EXPORT);
                    boolean open = read(transaction, call.caller(), id).open();
                    // Whoever writes the file sees that it is no longer wanted, and removes it.
                    transaction
                            .sql(
                                    open
                                            ? "update trail_exports set state = 'cancelled',"
                                                    + " finished_at = now() where id = :id"
                                            : "delete from trail_exports where id = :id")
                            .param("id", id)
                            .update();
                    return true;
                });
    }

    @Override
    public Path file(AdminCall call, UUID id) {
        return changes.run(
                change(call, "audit.download", id, "GET", "/" + id + "/file", Map.of()),
                () -> {
                    AuditExport export = find(call.caller(), id);
                    if (export.state() != AuditExport.State.DONE) {
                        throw new WebException(
                                ErrorCode.JOB_STATE,
                                "the export is " + export.state().id() + " (expected: done)");
                    }
                    Path file = folder.file(id);
                    if (!Files.exists(file)) {
                        throw new WebException(
                                ErrorCode.JOB_STATE,
                                "the file lies on another gateway, or is gone: export it again");
                    }
                    return file;
                });
    }

    private static Change change(
            AdminCall call,
            String action,
            UUID id,
            String method,
            String path,
            Map<String, Object> details) {
        return new Change(
                call.caller(),
                call.requestId(),
                action,
                "audit-export",
                id.toString(),
                method,
                PATH + path,
                details);
    }

    private static AuditExport read(JdbcClient transaction, Caller caller, UUID id) {
        return transaction
                .sql(
                        "select * from trail_exports where tenant_id = assay_tenant()"
                                + " and owner = :owner and id = :id")
                .param("owner", caller.id())
                .param("id", id)
                .query((row, _) -> export(row))
                .optional()
                .orElseThrow(() -> new WebException(ErrorCode.NOT_FOUND, "no such export"));
    }

    static AuditExport export(ResultSet row) throws SQLException {
        return new AuditExport(
                row.getObject("id", UUID.class),
                AuditExport.Format.valueOf(text(row, "format")),
                String.valueOf(row.getString("scope")),
                String.valueOf(row.getString("query")),
                AuditExport.State.valueOf(text(row, "state")),
                row.getLong("records"),
                row.getObject("expected", Long.class),
                row.getLong("bytes"),
                row.getString("sha256"),
                row.getString("reason"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getObject("expires_at", OffsetDateTime.class).toInstant());
    }

    private static String text(ResultSet row, String column) throws SQLException {
        return String.valueOf(row.getString(column)).toUpperCase(Locale.ROOT);
    }

    static OffsetDateTime utc(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }
}
