package assay.web.audit;

import assay.web.tenancy.DatabaseWatch;
import assay.web.tenancy.TenantTransactions;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/** A journal that is drained into a database, without the rest of the gateway. */
final class JournalRig implements AutoCloseable {
    final AuditJournal journal;
    final AuditTable table;
    private final JournalDrain drain;
    private final AnnotationConfigApplicationContext context =
            new AnnotationConfigApplicationContext();
    private final HikariDataSource pool = new HikariDataSource();

    JournalRig(
            String url, String role, String password, Path folder, long mostBytes, Duration force)
            throws IOException {
        pool.setJdbcUrl(url);
        pool.setUsername(role);
        pool.setPassword(password);
        pool.setMaximumPoolSize(4);
        pool.setConnectionTimeout(2000);
        pool.setInitializationFailTimeout(-1);
        context.registerBean(DataSource.class, () -> pool);
        context.registerBean(
                PlatformTransactionManager.class, () -> new JdbcTransactionManager(pool));
        context.registerBean(JdbcClient.class, () -> JdbcClient.create(pool));
        context.registerBean(DatabaseWatch.class);
        context.registerBean(TenantTransactions.class);
        context.refresh();
        table = new AuditTable(context.getBean(TenantTransactions.class));
        journal = new AuditJournal(folder, mostBytes, new JournalSettings(1 << 20, force));
        var meters = new SimpleMeterRegistry();
        drain =
                new JournalDrain(
                        journal,
                        new OldSpool(folder),
                        table,
                        context.getBean(DatabaseWatch.class),
                        Counter.builder("written").register(meters),
                        meters);
    }

    /** What a face does for one call that leaves one record. */
    void call(JournalEntry entry) throws AuditJournal.FullException {
        long room = journal.recordRoom();
        journal.reserve(room);
        try {
            journal.append(entry.bytes(), room);
        } finally {
            journal.release(room);
        }
    }

    @Override
    public void close() {
        drain.close();
        journal.close();
        context.close();
        pool.close();
    }
}
