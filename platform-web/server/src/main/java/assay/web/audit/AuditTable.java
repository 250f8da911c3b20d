package assay.web.audit;

import assay.audit.AuditRow;
import assay.web.tenancy.TenantTransactions;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The tables {@code audit_events} and {@code audit_contents}. A row that is there already stays as
 * it is: writing one twice is writing it once. Thread-safe.
 */
final class AuditTable {
    private static final int KNOWN_DAYS = 1000;

    private final TenantTransactions transactions;

    /** Days whose partitions are known to be there. */
    private final Set<LocalDate> days = ConcurrentHashMap.newKeySet();

    AuditTable(TenantTransactions transactions) {
        this.transactions = transactions;
    }

    /** Writes a row in the caller's transaction, which is bound to its tenant. */
    void insert(JdbcClient transaction, AuditRow row) {
        if (!days.contains(row.day())) {
            makeDay(transaction, row.day()); // not remembered: the transaction may yet end in vain
        }
        row.insert(transaction);
    }

    /**
     * Writes what the journal holds, of all tenants in one statement.
     *
     * @return rows that were not there yet
     */
    int insert(List<JournalEntry> entries) {
        List<AuditRow> rows = entries.stream().map(JournalEntry::row).toList();
        List<LocalDate> fresh =
                rows.stream()
                        .map(AuditRow::day)
                        .distinct()
                        .filter(day -> !days.contains(day))
                        .toList();
        int written =
                transactions.onPlatform(transaction -> {
                    fresh.forEach(day -> makeDay(transaction, day));
                    insertContents(
                            transaction,
                            entries.stream().filter(each -> each.content() != null).toList());
                    return insertRows(transaction, rows);
                });
        if (days.size() > KNOWN_DAYS) {
            days.clear();
        }
        days.addAll(fresh);
        return written;
    }

    private static void makeDay(JdbcClient transaction, LocalDate day) {
        transaction
                .sql("select audit_make_day(:day)")
                .param("day", day)
                .query(Boolean.class)
                .single();
    }

    private static int insertRows(JdbcClient transaction, List<AuditRow> rows) {
        return transaction
                .sql(
                        """
                        insert into audit_events (id, at, tenant_id, actor, source_ip, user_agent,
                            action, object, request, outcome, duration_nanos, correlation, details)
                        select id, at, tenant, actor, ip, agent, action, object, request, outcome,
                            nanos, correlation, details
                        from unnest(cast(:ids as uuid[]), cast(:ats as timestamptz[]),
                            cast(:tenants as uuid[]), cast(:actors as jsonb[]),
                            cast(:ips as inet[]), cast(:agents as text[]),
                            cast(:actions as text[]), cast(:objects as jsonb[]),
                            cast(:requests as jsonb[]), cast(:outcomes as jsonb[]),
                            cast(:nanos as bigint[]), cast(:correlations as jsonb[]),
                            cast(:details as jsonb[]))
                            as fresh (id, at, tenant, actor, ip, agent, action, object, request,
                                outcome, nanos, correlation, details)
                        on conflict do nothing
                        """)
                .param("ids", column(rows, row -> row.id().toString()))
                .param("ats", column(rows, row -> row.at().toString()))
                .param("tenants", column(rows, row -> row.tenant().toString()))
                .param("actors", column(rows, AuditRow::actor))
                .param("ips", column(rows, AuditRow::sourceIp))
                .param("agents", column(rows, AuditRow::userAgent))
                .param("actions", column(rows, AuditRow::action))
                .param("objects", column(rows, AuditRow::object))
                .param("requests", column(rows, AuditRow::request))
                .param("outcomes", column(rows, AuditRow::outcome))
                .param("nanos", column(rows, row -> String.valueOf(row.durationNanos())))
                .param("correlations", column(rows, AuditRow::correlation))
                .param("details", column(rows, AuditRow::details))
                .update();
    }

    private static @Nullable String[] column(
            List<AuditRow> rows, Function<AuditRow, @Nullable String> field) {
        @Nullable String[] column = new @Nullable String[rows.size()];
        for (int i = 0; i < column.length; i++) {
            column[i] = field.apply(rows.get(i));
        }
        return column;
    }

    /** Few have content and what there is may be large: one by one. */
    private static void insertContents(JdbcClient transaction, List<JournalEntry> entries) {
        for (JournalEntry each : entries) {
            AuditRow row = each.row();
            transaction
                    .sql(
                            """
                            insert into audit_contents (id, at, tenant_id, sealed)
                            values (:id, :at, :tenant, :sealed) on conflict do nothing
                            """)
                    .param("id", row.id())
                    .param("at", row.at().atOffset(java.time.ZoneOffset.UTC))
                    .param("tenant", row.tenant())
                    .param("sealed", each.content())
                    .update();
        }
    }
}
