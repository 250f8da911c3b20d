package assay.web.limits;

import assay.web.tenancy.TenantTransactions;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What tenants have stored, as the database counts it with each row. Thread-safe. */
@Component
class StoredBytes {
    private static final Duration TRY_AGAIN = Duration.ofMinutes(10);

    private final TenantTransactions transactions;

    StoredBytes(TenantTransactions transactions) {
        this.transactions = transactions;
    }

    /** The tenant's limit, when it is reached. */
    Optional<Refused> over(UUID tenantId) {
        return transactions.in(
                tenantId,
                jdbc -> {
                    Optional<Quota> quota =
                            jdbc.sql(QuotaRows.SELECT + " where kind = ? and subject = 'tenant'")
                                    .param(LimitKind.STORED_BYTES.id())
                                    .query(QuotaRows::quota)
                                    .optional();
                    if (quota.isEmpty()) {
                        return Optional.empty();
                    }
                    long stored =
                            jdbc.sql("select coalesce(sum(bytes), 0) from stored_bytes")
                                    .query(Long.class)
                                    .single();
                    notice(jdbc, quota.get(), stored);
                    return stored < quota.get().amount()
                            ? Optional.empty()
                            : Optional.of(new Refused(quota.get(), 1, 0, TRY_AGAIN));
                });
    }

    private static void notice(JdbcClient jdbc, Quota quota, long stored) {
        if (quota.amount() > 0 && stored * 100.0 >= (double) quota.amount() * quota.softPercent()) {
            jdbc.sql(
                            """
                            insert into quota_notices (tenant_id, quota_id, period, at, used, amount)
                            values (?, ?, date_trunc('day', now(), 'UTC'), now(), ?, ?)
                            on conflict (quota_id, period) do nothing
                            """)
                    .params(quota.tenantId(), quota.id(), stored, quota.amount())
                    .update();
        }
    }
}
