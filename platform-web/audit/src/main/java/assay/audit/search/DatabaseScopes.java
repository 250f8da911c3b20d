package assay.audit.search;

import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Transactions that read the records of one scope as they stand at one moment: the database's
 * policies show no others. Thread-safe.
 */
final class DatabaseScopes {
    private static final String CANCELLED = "57014";

    private final TransactionTemplate snapshots;
    private final JdbcClient jdbc;

    DatabaseScopes(PlatformTransactionManager manager, JdbcClient jdbc) {
        this.snapshots = new TransactionTemplate(manager);
        snapshots.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        snapshots.setReadOnly(true);
        this.jdbc = jdbc;
    }

    /**
     * @param patience with each statement
     */
    <T> T read(AuditScope scope, Duration patience, Function<JdbcClient, T> work) {
        return snapshots.execute(status -> {
            set("statement_timeout", Long.toString(patience.toMillis()));
            switch (scope) {
                case AuditScope.Everybody _ -> set("assay.all_tenants", "on");
                case AuditScope.Tenant tenant when scope.equals(AuditScope.PLATFORM) ->
                        set("assay.platform", "on");
                case AuditScope.Tenant tenant -> set("assay.tenant", tenant.id().toString());
            }
            return work.apply(jdbc);
        });
    }

    private void set(String name, String value) {
        jdbc.sql("select set_config(:name, :value, true)")
                .param("name", name)
                .param("value", value)
                .query(String.class)
                .single();
    }

    /** Whether a statement took longer than it might. */
    static boolean outOfTime(RuntimeException failure) {
        for (@Nullable Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof SQLException sql && CANCELLED.equals(sql.getSQLState())) {
                return true;
            }
        }
        return false;
    }
}
