package assay.web.audit.pipeline;

import assay.audit.chain.AuditLoop;
import assay.audit.chain.ChainCheck;
import assay.audit.chain.ChainReport;
import assay.audit.chain.DayJobs;
import assay.audit.chain.DaySealer;
import assay.audit.chain.DaySettings;
import assay.audit.chain.SealFiles;
import assay.audit.chain.SealKey;
import assay.audit.chain.Sealer;
import assay.audit.chain.SealerSettings;
import assay.audit.elastic.AuditLag;
import assay.audit.elastic.AuditShipper;
import assay.audit.elastic.ElasticStore;
import assay.audit.elastic.Reconciliation;
import assay.audit.elastic.ShipperSettings;
import assay.web.WebSettings;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Runs what chains, signs, ships, compares and lets go of records. Several gateways may: each piece
 * takes turns with its like by a lock in the database. Its connections are its own, as a role that
 * may do this and nothing else. Thread-safe.
 */
@Component
public class AuditPipeline implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(AuditPipeline.class);
    private static final int CONNECTIONS = 6;
    private static final Duration LOOK_AT_LAG = Duration.ofSeconds(5);
    private static final Duration COMPARE_EVERY = Duration.ofHours(24);
    private static final Duration NO_LONGER = Duration.ofSeconds(3);

    private final WebSettings settings;
    private final String url;
    private final @Nullable ElasticStore elastic;
    private final InstantSource clock;
    private final MeterRegistry meters;

    /** Closed in turn, the last first. */
    private final Deque<AutoCloseable> running = new ArrayDeque<>();

    private @Nullable HikariDataSource database;

    AuditPipeline(
            WebSettings settings,
            @Value("${spring.datasource.url}") String url,
            ObjectProvider<ElasticStore> elastic,
            InstantSource clock,
            MeterRegistry meters) {
        this.settings = settings;
        this.url = url;
        this.elastic = elastic.getIfAvailable();
        this.clock = clock;
        this.meters = meters;
    }

    @Override
    public synchronized void start() {
        WebSettings.Audit audit = settings.audit();
        if (audit.databasePassword() == null || database != null) {
            return;
        }
        HikariDataSource source = open(audit);
        database = source;
        running.push(source);
        var sealing = SealerSettings.defaults(elastic != null);
        run(AuditLoop.of(new Sealer(source, clock, sealing, meters), sealing, meters));
        DaySettings usual = DaySettings.defaults();
        var days =
                new DaySettings(
                        usual.grace(),
                        usual.ahead(),
                        audit.retentionDays(),
                        usual.copyMarginDays(),
                        usual.poll());
        var signing = new DaySealer(source, key(), List.of(seals()), clock, days.grace(), meters);
        var copy = elastic == null ? null : elastic.days();
        run(AuditLoop.of(new DayJobs(source, signing, copy, clock, days, meters), days, meters));
        if (elastic != null) {
            ship(source, elastic);
        }
    }

    private void ship(HikariDataSource source, ElasticStore store) {
        var shipper = new AuditShipper(source, store, clock, ShipperSettings.DEFAULTS, meters);
        Thread ships = Thread.ofPlatform().name("audit-shipper").daemon().start(shipper);
        run(() -> {
            shipper.close();
            ships.join(NO_LONGER);
        });
        var lag = new AuditLag(source, clock, meters);
        run(
                new AuditLoop(
                        "audit-lag",
                        () -> {
                            lag.measure();
                            return false;
                        },
                        LOOK_AT_LAG,
                        meters));
        var comparison = new Reconciliation(source, store, clock, meters);
        run(
                new AuditLoop(
                        "audit-comparison",
                        () -> {
                            comparison.runOnce();
                            return false;
                        },
                        COMPARE_EVERY,
                        meters));
    }

    private void run(AutoCloseable part) {
        running.push(part);
    }

    /** Small, and never in the way of a start: the database may be away. */
    private HikariDataSource open(WebSettings.Audit audit) {
        var source = new HikariDataSource();
        source.setPoolName("audit");
        source.setJdbcUrl(url);
        source.setUsername(audit.databaseUser());
        source.setPassword(audit.databasePassword());
        source.setMaximumPoolSize(CONNECTIONS);
        source.setMinimumIdle(1);
        source.setConnectionTimeout(NO_LONGER.toMillis());
        source.setInitializationFailTimeout(-1);
        source.addDataSourceProperty("ApplicationName", "assay-audit");
        return source;
    }

    private SealKey key() {
        return SealKey.open(settings.secretsDir());
    }

    private SealFiles seals() {
        Path told = settings.audit().sealDir();
        return new SealFiles(
                told == null ? settings.identityDir().resolveSibling("audit-seals") : told);
    }

    /** Whether this process can check the chain. */
    public synchronized boolean canCheck() {
        return database != null;
    }

    /**
     * Checks the chain, the seals and the copy: takes seconds for each million records.
     *
     * @throws SQLException if the database can not be read
     * @throws IllegalStateException if {@link #canCheck} says no
     */
    public ChainReport check() throws SQLException {
        HikariDataSource source;
        synchronized (this) {
            source = database;
        }
        if (source == null) {
            throw new IllegalStateException("this process has no audit connections");
        }
        var check = new ChainCheck(source, List.of(seals()), List.of(key().publicKey()), clock);
        return check.check(elastic == null ? null : elastic.days());
    }

    @Override
    public synchronized void stop() {
        while (!running.isEmpty()) {
            try {
                running.pop().close();
            } catch (Exception e) {
                LOG.warn("a part of the audit pipeline did not end: {}", e.toString());
            }
        }
        database = null;
    }

    @Override
    public synchronized boolean isRunning() {
        return database != null;
    }
}
