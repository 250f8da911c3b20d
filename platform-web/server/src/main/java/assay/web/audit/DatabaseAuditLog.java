package assay.web.audit;

import assay.audit.AuditRow;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettings;
import assay.web.identity.Caller;
import assay.web.tenancy.DatabaseWatch;
import assay.web.tenancy.TenantTransactions;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * Records as rows of {@code audit_events}; on disk while the database is gone, and from there into
 * it when it is back. A call with a wrong key has no tenant and so no row: those are counted and
 * logged where they are refused. Thread-safe.
 */
@Component
class DatabaseAuditLog implements AuditLog, DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseAuditLog.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    /** Headers are the client's to choose; a record keeps what tells clients apart. */
    private static final int USER_AGENT_CHARS = 512;

    private static final JsonMapper JSON = JsonMapper.shared();

    private final TenantTransactions transactions;
    private final DatabaseWatch watch;
    private final AuditSpool spool;
    private final Counter written;
    private final Counter refused;
    private final CountDownLatch stop = new CountDownLatch(1);

    /** Days whose partitions are known to be there. */
    private final Set<LocalDate> days = ConcurrentHashMap.newKeySet();

    DatabaseAuditLog(
            TenantTransactions transactions,
            DatabaseWatch watch,
            WebSettings settings,
            MeterRegistry meters) {
        this.transactions = transactions;
        this.watch = watch;
        WebSettings.Outage outage = settings.outage();
        Path beside = settings.identityDir().resolveSibling("audit-spool");
        this.spool =
                new AuditSpool(
                        outage.spoolDir() == null ? beside : outage.spoolDir(),
                        outage.spoolBytes());
        this.written =
                Counter.builder("assay_audit_events")
                        .description("Audit records written")
                        .register(meters);
        this.refused =
                Counter.builder("assay_audit_refused_events")
                        .description("Audit records that waited and that the database never takes")
                        .register(meters);
        Gauge.builder("assay_audit_spool_events", spool, AuditSpool::size)
                .description("Audit records that wait on disk for the database")
                .register(meters);
        Thread.ofVirtual().name("audit-spool").start(this::drain);
    }

    @Override
    public void record(AuditEvent event) {
        AuditRow row = row(event);
        if (watch.away()) {
            spool.add(row);
            return;
        }
        try {
            insert(row.tenant(), List.of(row));
        } catch (WebException e) {
            if (e.code() != ErrorCode.DATABASE_AWAY) {
                throw e;
            }
            spool.add(row);
        }
    }

    @Override
    public void record(JdbcClient transaction, AuditEvent event) {
        AuditRow row = row(event);
        if (!days.contains(row.day())) {
            makeDay(transaction, row.day());
        }
        row.insert(transaction);
        written.increment();
    }

    private static void makeDay(JdbcClient transaction, LocalDate day) {
        transaction
                .sql("select audit_make_day(:day)")
                .param("day", day)
                .query(Boolean.class)
                .single();
    }

    /** Looks again and again, since a database that comes back may go at once. */
    private void drain() {
        try {
            do {
                if (spool.size() > 0 && watch.awaitBack(LOOK_EVERY)) {
                    drainNow();
                }
            } while (!stop.await(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void drainNow() {
        try {
            spool.drain(this::write);
        } catch (WebException e) {
            LOG.debug("the database went again", e);
        } catch (RuntimeException | IOException e) {
            LOG.error("audit records stay on disk", e);
        }
    }

    private void write(List<AuditRow> rows) {
        Map<UUID, List<AuditRow>> ofTenants =
                rows.stream().collect(Collectors.groupingBy(AuditRow::tenant));
        ofTenants.forEach((tenant, own) -> {
            try {
                insert(tenant, own);
            } catch (DataIntegrityViolationException e) {
                own.forEach(this::writeOrRefuse);
            }
        });
    }

    private void insert(UUID tenant, List<AuditRow> rows) {
        written.increment(
                transactions.in(
                        tenant,
                        jdbc -> {
                            rows.stream()
                                    .map(AuditRow::day)
                                    .distinct()
                                    .filter(day -> !days.contains(day))
                                    .forEach(day -> makeDay(jdbc, day));
                            return rows.stream().filter(row -> row.insert(jdbc)).count();
                        }));
        rows.forEach(row -> days.add(row.day()));
    }

    /** One by one, since the others of its batch are good. */
    private void writeOrRefuse(AuditRow row) {
        try {
            insert(row.tenant(), List.of(row));
        } catch (DataIntegrityViolationException e) {
            LOG.error("the database refuses audit record {}: it is in refused.jsonl", row.id(), e);
            spool.refuse(row);
            refused.increment();
        }
    }

    @Override
    public void destroy() {
        stop.countDown();
    }

    private static AuditRow row(AuditEvent event) {
        Caller caller = event.caller();
        return new AuditRow(
                UUID.randomUUID(),
                event.at(),
                caller.tenantId(),
                actor(caller),
                caller.sourceIp(),
                cut(caller.userAgent()),
                event.action(),
                object(event),
                json("method", event.method(), "path", event.path()),
                outcome(event),
                event.duration().toNanos(),
                json("request", event.requestId()),
                JSON.writeValueAsString(event.details()));
    }

    private static String actor(Caller caller) {
        return json(
                "kind",
                caller.kind().name().toLowerCase(Locale.ROOT),
                "id",
                caller.id(),
                "name",
                caller.name(),
                "role",
                caller.role());
    }

    private static String object(AuditEvent event) {
        return json(
                "type",
                event.objectType(),
                "id",
                event.objectId(),
                "model",
                event.model(),
                "version",
                event.modelVersion());
    }

    private static String outcome(AuditEvent event) {
        return json(
                "result",
                event.outcome().name().toLowerCase(Locale.ROOT),
                "status",
                event.status(),
                "reason",
                event.reason());
    }

    /** Names and values in turn; what is null is left out. */
    private static String json(@Nullable Object... pairs) {
        Map<String, Object> object = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            Object value = pairs[i + 1];
            if (value != null) {
                object.put(String.valueOf(pairs[i]), value);
            }
        }
        return JSON.writeValueAsString(object);
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null || text.length() <= USER_AGENT_CHARS
                ? text
                : text.substring(0, USER_AGENT_CHARS);
    }
}
