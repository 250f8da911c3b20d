package assay.web.tenancy;

import java.util.UUID;
import java.util.function.Function;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Transactions in which the database shows one tenant's rows and no other's. Thread-safe.
 *
 * <p>The tenant is named with {@code set_config(…, true)}: it ends with the transaction, so a
 * pooled connection carries nothing over.
 */
@Component
public class TenantTransactions {
    private final TransactionTemplate transactions;
    private final JdbcClient jdbc;

    TenantTransactions(PlatformTransactionManager manager, JdbcClient jdbc) {
        this.transactions = new TransactionTemplate(manager);
        this.jdbc = jdbc;
    }

    /** Runs the work for the tenant; all of it is committed, or on an exception none. */
    public <T> T in(UUID tenantId, Function<JdbcClient, T> work) {
        return transactions.execute(status -> {
            jdbc.sql("select set_config('assay.tenant', :tenant, true)")
                    .param("tenant", tenantId.toString())
                    .query(String.class)
                    .single();
            return work.apply(jdbc);
        });
    }
}
