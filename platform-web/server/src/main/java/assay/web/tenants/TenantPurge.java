package assay.web.tenants;

import assay.web.tenancy.TenantTransactions;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Removes deleted tenants once their time of grace is over, and what guests left behind once it has
 * been kept as long as the tenant wants. Every gateway looks; the database lets one do it.
 * Thread-safe.
 */
@Component
class TenantPurge implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(TenantPurge.class);
    private static final Duration FIRST = Duration.ofMinutes(1);
    private static final Duration EVERY = Duration.ofMinutes(10);

    private final JdbcClient jdbc;
    private final TenantTransactions transactions;
    private volatile CountDownLatch stop = new CountDownLatch(1);
    private volatile boolean running;

    TenantPurge(JdbcClient jdbc, TenantTransactions transactions) {
        this.jdbc = jdbc;
        this.transactions = transactions;
    }

    @Override
    public void start() {
        running = true;
        stop = new CountDownLatch(1);
        Thread.ofPlatform().daemon().name("tenant-purge").start(this::lookOn);
    }

    private void lookOn() {
        try {
            Duration wait = FIRST;
            while (!stop.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
                wait = EVERY;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        try {
            run();
        } catch (RuntimeException e) {
            LOG.warn("what is to be removed was not removed; it is tried again", e);
        }
    }

    /** Removes what is due now. */
    void run() {
        for (UUID tenant : due()) {
            transactions.in(
                    tenant,
                    transaction ->
                            transaction
                                    .sql("select purge_tenant()::text")
                                    .query(String.class)
                                    .list());
            LOG.info("the tenant {} is gone", tenant);
        }
        for (UUID tenant : all()) {
            transactions.in(tenant, TenantPurge::forget);
        }
    }

    private List<UUID> due() {
        return jdbc.sql("select id from find_tenants_to_purge() as id")
                .query((row, _) -> row.getObject(1, UUID.class))
                .list();
    }

    private List<UUID> all() {
        return transactions.onPlatform(transaction ->
                transaction
                        .sql("select id from tenants where state <> 'deleted'")
                        .query((row, _) -> row.getObject(1, UUID.class))
                        .list());
    }

    private static int forget(JdbcClient transaction) {
        transaction
                .sql("delete from idempotent_answers where created_at < now() - interval '1 day'")
                .update();
        return transaction
                .sql(
                        """
                        delete from verifications v using tenants t
                        where t.id = v.tenant_id and v.owner_kind = 'guest'
                            and v.finished_at < now() - make_interval(days => t.guest_retention_days)
                        """)
                .update();
    }

    @Override
    public void stop() {
        running = false;
        stop.countDown();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
