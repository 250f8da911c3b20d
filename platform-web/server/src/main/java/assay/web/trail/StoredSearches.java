package assay.web.trail;

import assay.audit.search.AuditQuery;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.audit.AuditedChanges.Change;
import assay.web.http.Versions;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.tenancy.TenantTransactions;
import assay.web.tenants.AdminCall;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Searches as rows. Thread-safe. */
@Component
class StoredSearches implements SavedSearches {
    private static final String PATH = "/api/v1/admin/audit/searches";
    private static final int NAME_CHARS = 100;
    private static final int QUERY_CHARS = 4000;
    private static final int MOST = 100;

    private final TenantTransactions transactions;
    private final AuditedChanges changes;
    private final InstantSource clock;

    StoredSearches(TenantTransactions transactions, AuditedChanges changes, InstantSource clock) {
        this.transactions = transactions;
        this.changes = changes;
        this.clock = clock;
    }

    @Override
    public List<Entry> list(Caller caller) {
        caller.require(Permission.AUDIT_READ);
        return transactions.in(
                caller.tenantId(),
                transaction ->
                        transaction
                                .sql(
                                        "select * from trail_searches where tenant_id = assay_tenant()"
                                                + " and owner = :owner order by lower(name) limit "
                                                + MOST)
                                .param("owner", caller.id())
                                .query((row, _) -> entry(row))
                                .list());
    }

    @Override
    public Entry create(AdminCall call, String name, String query) {
        UUID id = UUID.randomUUID();
        return changed(
                call,
                "audit-search.create",
                id,
                "POST",
                "",
                transaction -> {
                    String checked = checked(name, query);
                    if (list(call.caller()).size() >= MOST) {
                        throw WebException.invalid("name", "expected: at most 100 searches kept");
                    }
                    transaction
                            .sql(
                                    """
                                    insert into trail_searches (id, tenant_id, owner, name, query)
                                    values (:id, assay_tenant(), :owner, :name, :query)
                                    """)
                            .param("id", id)
                            .param("owner", call.caller().id())
                            .param("name", checked)
                            .param("query", query)
                            .update();
                    return read(transaction, call.caller(), id);
                });
    }

    @Override
    public Entry change(AdminCall call, UUID id, long seen, String name, String query) {
        return changed(
                call,
                "audit-search.change",
                id,
                "PUT",
                "/" + id,
                transaction -> {
                    Versions.check(seen, read(transaction, call.caller(), id).version());
                    transaction
                            .sql(
                                    "update trail_searches set name = :name, query = :query,"
                                            + " version = version + 1 where id = :id")
                            .param("name", checked(name, query))
                            .param("query", query)
                            .param("id", id)
                            .update();
                    return read(transaction, call.caller(), id);
                });
    }

    @Override
    public void remove(AdminCall call, UUID id, long seen) {
        changed(
                call,
                "audit-search.remove",
                id,
                "DELETE",
                "/" + id,
                transaction -> {
                    Versions.check(seen, read(transaction, call.caller(), id).version());
                    return transaction
                            .sql("delete from trail_searches where id = :id")
                            .param("id", id)
                            .update();
                });
    }

    private String checked(String name, String query) {
        String stripped = name.strip();
        if (stripped.isEmpty() || stripped.length() > NAME_CHARS) {
            throw WebException.invalid("name", "expected: 1.." + NAME_CHARS + " characters");
        }
        if (query.length() > QUERY_CHARS) {
            throw WebException.invalid("query", "expected: at most " + QUERY_CHARS + " characters");
        }
        try {
            // Whose records it searches is asked when it is used.
            AuditQuery.parse(
                    assay.audit.search.AuditScope.PLATFORM,
                    AuditQuery.unlink(query),
                    clock.instant());
        } catch (IllegalArgumentException e) {
            throw WebException.invalid("query", String.valueOf(e.getMessage()));
        }
        return stripped;
    }

    private <T> T changed(
            AdminCall call,
            String action,
            UUID id,
            String method,
            String path,
            Function<JdbcClient, T> work) {
        var change =
                new Change(
                        call.caller(),
                        call.requestId(),
                        action,
                        "audit-search",
                        id.toString(),
                        method,
                        PATH + path,
                        Map.of());
        try {
            return changes.inTransaction(
                    change,
                    transaction -> {
                        call.caller().require(Permission.AUDIT_READ);
                        return work.apply(transaction);
                    });
        } catch (DuplicateKeyException e) {
            throw new WebException(
                    ErrorCode.NAME_TAKEN,
                    "another search is called so",
                    Map.of("name", "taken"),
                    null,
                    e);
        }
    }

    private static Entry read(JdbcClient transaction, Caller caller, UUID id) {
        return transaction
                .sql(
                        "select * from trail_searches where tenant_id = assay_tenant()"
                                + " and owner = :owner and id = :id")
                .param("owner", caller.id())
                .param("id", id)
                .query((row, _) -> entry(row))
                .optional()
                .orElseThrow(() -> new WebException(ErrorCode.NOT_FOUND, "no such search"));
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                row.getObject("id", UUID.class),
                String.valueOf(row.getString("name")),
                String.valueOf(row.getString("query")),
                row.getLong("version"));
    }
}
