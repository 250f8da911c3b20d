package assay.web.tenancy;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What each tenant lets people do who have no account. Thread-safe; kept until it changes. */
@Component
public class GuestRules {
    private static final String CHANGED = "tenant";
    private static final Duration KEPT = Duration.ofMinutes(1);
    private static final int REMEMBERED = 1_000;

    private final TenantTransactions transactions;
    private final FreshCache<UUID, Rules> fresh;

    GuestRules(TenantTransactions transactions, Signals signals) {
        this.transactions = transactions;
        this.fresh =
                new FreshCache<UUID, Rules>(signals, KEPT, REMEMBERED)
                        .forgetOn(CHANGED, (rules, id) -> rules.tenantId().toString().equals(id));
    }

    /**
     * A tenant's.
     *
     * @param allowed whether guests are let in at all
     * @param scenarios that they may ask for
     * @param perMinute verifications that all of them together may begin; null for no such bound
     */
    public record Rules(
            UUID tenantId, boolean allowed, Set<String> scenarios, @Nullable Integer perMinute) {
        public Rules {
            scenarios = Set.copyOf(scenarios);
        }
    }

    /** A tenant that is not there, or is closed, lets nobody in. */
    public Rules of(UUID tenantId) {
        return fresh.get(tenantId, () -> read(tenantId))
                .orElseGet(() -> new Rules(tenantId, false, Set.of(), null));
    }

    private Optional<Rules> read(UUID tenantId) {
        return transactions.in(
                tenantId,
                transaction ->
                        transaction
                                .sql(
                                        """
                                        select guests, guest_scenarios, guest_per_minute
                                        from tenants where id = ? and state = 'active'
                                        """)
                                .param(tenantId)
                                .query((row, _) ->
                                        new Rules(
                                                tenantId,
                                                row.getBoolean(1),
                                                Set.of((String[]) row.getArray(2).getArray()),
                                                row.getObject(3, Integer.class)))
                                .optional());
    }
}
