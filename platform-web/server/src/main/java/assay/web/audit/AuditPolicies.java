package assay.web.audit;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.policy.AuditPolicy;
import assay.web.audit.policy.TenantPolicies;
import assay.web.http.Versions;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.tenancy.FreshCache;
import assay.web.tenancy.Signals;
import assay.web.tenancy.TenantTransactions;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What tenants decided to keep, and how they decide. Thread-safe. */
@Component
public class AuditPolicies implements TenantPolicies {
    public static final String PATH = "/api/v1/admin/audit/policy";

    private static final String SIGNAL = "audit-policy";
    private static final Duration KEPT = Duration.ofMinutes(5);
    private static final int REMEMBERED = 10_000;

    private final TenantTransactions transactions;
    private final AuditedChanges changes;
    private final Signals signals;
    private final FreshCache<UUID, Kept> fresh;

    /** For while the database is gone. */
    private final Map<UUID, AuditPolicy> lastKnown =
            Collections.synchronizedMap(
                    new LinkedHashMap<>(16, 0.75f, true) {
                        @Override
                        protected boolean removeEldestEntry(Map.Entry<UUID, AuditPolicy> eldest) {
                            return size() > REMEMBERED;
                        }
                    });

    private record Kept(UUID tenant, AuditPolicy policy) {}

    AuditPolicies(TenantTransactions transactions, AuditedChanges changes, Signals signals) {
        this.transactions = transactions;
        this.changes = changes;
        this.signals = signals;
        this.fresh =
                new FreshCache<UUID, Kept>(signals, KEPT, REMEMBERED)
                        .forgetOn(SIGNAL, (kept, id) -> kept.tenant().toString().equals(id));
    }

    @Override
    public AuditPolicy find(Caller caller) {
        caller.require(Permission.AUDIT_READ);
        return transactions.in(caller.tenantId(), AuditPolicies::read);
    }

    @Override
    public AuditPolicy change(
            Caller caller,
            String requestId,
            long seen,
            int retentionDays,
            AuditPolicy.Content content) {
        var change =
                new AuditedChanges.Change(
                        caller,
                        requestId,
                        "audit.policy.change",
                        "tenant",
                        caller.tenantId().toString(),
                        "PUT",
                        PATH,
                        Map.of("retention_days", retentionDays, "content", content.id()));
        return changes.inTransaction(
                change,
                transaction -> {
                    caller.require(Permission.USER_MANAGE);
                    AuditPolicy before = lock(transaction, caller.tenantId());
                    Versions.check(seen, before.version());
                    var after = checked(retentionDays, content, before.version() + 1);
                    write(transaction, caller.tenantId(), after);
                    signals.send(transaction, SIGNAL, caller.tenantId().toString());
                    return after;
                });
    }

    private static AuditPolicy checked(int days, AuditPolicy.Content content, long version) {
        try {
            return new AuditPolicy(days, content, version);
        } catch (IllegalArgumentException e) {
            throw new WebException(
                    ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()), Map.of(), null, e);
        }
    }

    /** One at a time: the row may not be there yet, its tenant's is. */
    private static AuditPolicy lock(JdbcClient transaction, UUID tenant) {
        transaction
                .sql("select pg_advisory_xact_lock(hashtextextended('audit-policy' || ?, 0))")
                .param(tenant.toString())
                .query((_, _) -> tenant)
                .single();
        return read(transaction);
    }

    private static void write(JdbcClient transaction, UUID tenant, AuditPolicy policy) {
        transaction
                .sql(
                        """
                        insert into audit_policies (tenant_id, retention_days, content, version)
                        values (:tenant, :days, :content, :version)
                        on conflict (tenant_id) do update set retention_days = :days,
                            content = :content, version = :version
                        """)
                .param("tenant", tenant)
                .param("days", policy.retentionDays())
                .param("content", policy.content().id())
                .param("version", policy.version())
                .update();
    }

    private static AuditPolicy read(JdbcClient transaction) {
        return transaction
                .sql(
                        """
                        select retention_days, content, version from audit_policies
                        where tenant_id = assay_tenant()
                        """)
                .query((row, _) ->
                        new AuditPolicy(
                                row.getInt("retention_days"),
                                AuditPolicy.Content.valueOf(
                                        row.getString("content").toUpperCase(Locale.ROOT)),
                                row.getLong("version")))
                .optional()
                .orElse(AuditPolicy.USUAL);
    }

    /** What holds for a call that is under way: as it was last known while the database is gone. */
    AuditPolicy inForce(UUID tenant) {
        try {
            AuditPolicy policy =
                    fresh.get(
                                    tenant,
                                    () ->
                                            Optional.of(
                                                    new Kept(
                                                            tenant,
                                                            transactions.in(
                                                                    tenant, AuditPolicies::read))))
                            .map(Kept::policy)
                            .orElse(AuditPolicy.USUAL);
            lastKnown.put(tenant, policy);
            return policy;
        } catch (WebException e) {
            if (e.code() != ErrorCode.DATABASE_AWAY) {
                throw e;
            }
            return lastKnown.getOrDefault(tenant, AuditPolicy.USUAL);
        }
    }
}
