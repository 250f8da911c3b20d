package assay.web.tenancy;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Transactions in which the database shows one tenant's rows and no other's. Thread-safe. One
 * within another joins it: both then see what both were opened for.
 *
 * <p>The tenant is named with {@code set_config(…, true)}: it ends with the transaction, so a
 * pooled connection carries nothing over.
 */
@Component
public class TenantTransactions {
    private final TransactionTemplate transactions;
    private final TransactionTemplate snapshots;
    private final JdbcClient jdbc;
    private final DatabaseWatch watch;

    TenantTransactions(PlatformTransactionManager manager, JdbcClient jdbc, DatabaseWatch watch) {
        this.transactions = new TransactionTemplate(manager);
        this.snapshots = new TransactionTemplate(manager);
        snapshots.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        snapshots.setReadOnly(true);
        this.jdbc = jdbc;
        this.watch = watch;
    }

    /**
     * Runs the work for the tenant; all of it is committed, or on an exception none.
     *
     * @throws assay.web.WebException DATABASE_AWAY when the database is gone; whether the work was
     *     committed is then not known
     */
    public <T> T in(UUID tenantId, Function<JdbcClient, T> work) {
        return with("assay.tenant", tenantId.toString(), work);
    }

    /**
     * Runs the work for the platform's operator, or for the program itself: the list of tenants is
     * seen whole, and of what tenants own nothing.
     *
     * @throws assay.web.WebException DATABASE_AWAY
     */
    public <T> T onPlatform(Function<JdbcClient, T> work) {
        return with("assay.platform", "on", work);
    }

    /** The same for reading alone: all of it as it stands at one moment. */
    public <T> T snapshot(UUID tenantId, Function<JdbcClient, T> work) {
        return with(snapshots, "assay.tenant", tenantId.toString(), work);
    }

    private <T> T with(String setting, String value, Function<JdbcClient, T> work) {
        return with(transactions, setting, value, work);
    }

    private <T> T with(
            TransactionTemplate kind, String setting, String value, Function<JdbcClient, T> work) {
        try {
            return kind.execute(status -> {
                jdbc.sql("select set_config(:setting, :value, true)")
                        .param("setting", setting)
                        .param("value", value)
                        .query(String.class)
                        .single();
                return work.apply(jdbc);
            });
        } catch (RuntimeException e) {
            throw watch.lost(e) ? DatabaseWatch.unavailable(e) : e;
        }
    }

    /**
     * The same, waiting for a database that is gone and then trying anew. The work must be one that
     * may be done twice: an answer that is lost may have been a commit.
     *
     * @param patience with the database, in all
     * @throws assay.web.WebException DATABASE_AWAY when it lasted longer
     */
    public <T> T inPatiently(UUID tenantId, Duration patience, Function<JdbcClient, T> work) {
        long until = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                return in(tenantId, work);
            } catch (WebException e) {
                Duration left = Duration.ofNanos(until - System.nanoTime());
                if (e.code() != ErrorCode.DATABASE_AWAY || !watch.awaitBack(left)) {
                    throw e;
                }
            }
        }
    }
}
