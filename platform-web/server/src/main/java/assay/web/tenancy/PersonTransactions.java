package assay.web.tenancy;

import java.util.UUID;
import java.util.function.Function;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Transactions in which the database shows the rows about one person, as second factors and
 * sessions, whichever tenants he is in. Thread-safe. One within a tenant's joins it: both then see
 * what both were opened for.
 */
@Component
public class PersonTransactions {
    private final TransactionTemplate transactions;
    private final JdbcClient jdbc;
    private final DatabaseWatch watch;

    PersonTransactions(PlatformTransactionManager manager, JdbcClient jdbc, DatabaseWatch watch) {
        this.transactions = new TransactionTemplate(manager);
        this.jdbc = jdbc;
        this.watch = watch;
    }

    /**
     * Runs the work for the person; all of it is committed, or on an exception none.
     *
     * @throws assay.web.WebException DATABASE_AWAY
     */
    public <T> T in(UUID personId, Function<JdbcClient, T> work) {
        return ofNobody(transaction -> {
            transaction
                    .sql("select set_config('assay.person', :person, true)")
                    .param("person", personId.toString())
                    .query(String.class)
                    .single();
            return work.apply(transaction);
        });
    }

    /**
     * The same before anybody is known: rows about people and of tenants are not seen.
     *
     * @throws assay.web.WebException DATABASE_AWAY
     */
    public <T> T ofNobody(Function<JdbcClient, T> work) {
        try {
            return transactions.execute(status -> work.apply(jdbc));
        } catch (RuntimeException e) {
            throw watch.lost(e) ? DatabaseWatch.unavailable(e) : e;
        }
    }
}
