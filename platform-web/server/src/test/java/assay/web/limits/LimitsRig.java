package assay.web.limits;

import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import assay.web.tenancy.DatabaseWatch;
import assay.web.tenancy.TenantTransactions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.transaction.PlatformTransactionManager;

/** Gateways' limits over a real database, under a clock that the test moves. One thread. */
final class LimitsRig implements AutoCloseable {
    static final Duration LEASE = Duration.ofSeconds(15);

    final TestDatabase database = TestDatabase.start();
    final List<LeasedLimits> gateways = new ArrayList<>();
    final TenantTransactions transactions;
    private final AnnotationConfigApplicationContext context =
            new AnnotationConfigApplicationContext();
    private final SingleConnectionDataSource web;
    Instant now = Instant.parse("2026-03-01T10:00:00Z");

    LimitsRig() {
        try {
            web =
                    new SingleConnectionDataSource(
                            database.as(DatabaseRoles.WEB).getConnection(), true);
        } catch (java.sql.SQLException e) {
            throw new IllegalStateException(e);
        }
        context.registerBean(
                PlatformTransactionManager.class, () -> new DataSourceTransactionManager(web));
        context.registerBean(JdbcClient.class, () -> JdbcClient.create(web));
        context.registerBean(DataSource.class, () -> web);
        context.registerBean(DatabaseWatch.class);
        context.registerBean(TenantTransactions.class);
        context.refresh();
        transactions = context.getBean(TenantTransactions.class);
    }

    /** A gateway that was just started, in the place of the one of that number. */
    LeasedLimits start(int number) {
        var gateway =
                new LeasedLimits(
                        new DatabaseLeases(transactions, UUID.randomUUID(), LEASE, () -> now),
                        LEASE,
                        this::nanos,
                        nanos -> {
                            advance(Duration.ofNanos(nanos));
                            tendAll(); // as the others do meanwhile
                        });
        if (number == gateways.size()) {
            gateways.add(gateway);
        } else {
            gateways.set(number, gateway);
        }
        return gateway;
    }

    long nanos() {
        return now.toEpochMilli() * 1_000_000;
    }

    void advance(Duration time) {
        now = now.plus(time);
    }

    void tendAll() {
        gateways.forEach(LeasedLimits::tendAll);
    }

    UUID newTenant() {
        UUID id = UUID.randomUUID();
        superuser()
                .sql("insert into tenants (id, slug, name) values (?, ?, 'T')")
                .params(id, "t-" + id)
                .update();
        return id;
    }

    Quota limit(UUID tenant, Subject subject, LimitKind kind, long amount) {
        var quota = new Quota(UUID.randomUUID(), tenant, subject, kind, amount, 80, 1);
        superuser()
                .sql(
                        "insert into quotas (id, tenant_id, subject, subject_id, kind, amount)"
                                + " values (?, ?, ?, ?, ?, ?)")
                .params(quota.id(), tenant, subject.kind().id(), subject.id(), kind.id(), amount)
                .update();
        return quota;
    }

    /** What is charged to slots that still count. */
    long charged(Quota quota) {
        return superuser()
                .sql(
                        "select coalesce(sum(charged), 0) from quota_slots"
                                + " where quota_id = ? and counts_until > ?")
                .params(quota.id(), now.atOffset(java.time.ZoneOffset.UTC))
                .query(Long.class)
                .single();
    }

    JdbcClient superuser() {
        return JdbcClient.create(database.superuser());
    }

    @Override
    public void close() {
        context.close();
        web.destroy();
        database.close();
    }
}
