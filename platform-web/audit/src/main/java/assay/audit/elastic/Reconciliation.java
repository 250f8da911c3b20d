package assay.audit.elastic;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Compares both stores and sends again what Elasticsearch lacks; a cluster that was lost as a whole
 * is filled again that way. Called by one thread at a time, once a day and whenever somebody asks.
 *
 * <p>A day whose counts agree is taken as equal, unless it ended lately: then ids are compared.
 * What Elasticsearch holds beyond PostgreSQL is told and left, as evidence.
 */
public final class Reconciliation {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);
    private static final int CHUNK = 1_000;

    private final JdbcClient jdbc;
    private final ElasticDayCopy copy;
    private final InstantSource clock;
    private final Counter requeued;
    private final Counter foreign;

    /**
     * Asks nothing yet.
     *
     * @param dataSource logs in as assay_audit
     */
    public Reconciliation(
            DataSource dataSource, ElasticStore store, InstantSource clock, MeterRegistry meters) {
        this.jdbc = JdbcClient.create(dataSource);
        this.copy = store.days();
        this.clock = clock;
        this.requeued =
                Counter.builder("assay.audit.reconciled.requeued")
                        .description("Records that Elasticsearch lacked and gets again")
                        .register(meters);
        this.foreign =
                Counter.builder("assay.audit.reconciled.foreign")
                        .description("Documents in Elasticsearch that are no record's")
                        .register(meters);
    }

    /**
     * What a comparison found.
     *
     * @param requeued records that were missing and are on their way again
     * @param foreign ids of documents without a record, at most a thousand
     */
    public record Finding(LocalDate day, long requeued, List<String> foreign) {
        public Finding {
            foreign = List.copyOf(foreign);
        }

        /** Whether both stores agree. */
        public boolean clean() {
            return requeued == 0 && foreign.isEmpty();
        }
    }

    /**
     * Compares all days that PostgreSQL still has, and returns those that differed.
     *
     * @throws assay.audit.DayCopy.CopyUnavailable if Elasticsearch does not answer
     */
    public List<Finding> runOnce() {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        List<Finding> findings = new ArrayList<>();
        for (LocalDate day : days()) {
            if (!day.isBefore(today.minusDays(1)) || count(day) != copy.count(day)) {
                Finding finding = compare(day);
                if (!finding.clean()) {
                    findings.add(finding);
                }
            }
        }
        return List.copyOf(findings);
    }

    private List<LocalDate> days() {
        return jdbc.sql("select day from audit_days where dropped_at is null order by day")
                .query((row, _) -> Objects.requireNonNull(row.getObject(1, LocalDate.class)))
                .list();
    }

    /**
     * Sealed records of the day that Elasticsearch has acknowledged, as far as PostgreSQL knows.
     */
    private long count(LocalDate day) {
        return jdbc.sql(
                        """
                        select (select count(*) from audit_chain where at >= :from and at < :to)
                            - (select count(*) from audit_unshipped where at >= :from and at < :to)
                            - (select count(*) from audit_dead_letters
                               where at >= :from and at < :to)
                        """)
                .param("from", UnshippedQueue.utc(start(day)))
                .param("to", UnshippedQueue.utc(start(day.plusDays(1))))
                .query(Long.class)
                .single();
    }

    private static Instant start(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /**
     * Compares one day id by id, both stores in the order of ids: what it holds in memory does not
     * grow with the day.
     */
    public Finding compare(LocalDate day) {
        var merge = new Merge(day);
        copy.scanIds(day, merge::copied);
        merge.end();
        List<String> withoutRecord =
                merge.strange.stream().filter(id -> !hasRecord(id, day)).toList();
        requeued.increment((double) merge.requeued);
        foreign.increment(withoutRecord.size());
        if (merge.requeued > 0) {
            LOG.warn("{} audit records of {} were missing in Elasticsearch", merge.requeued, day);
        }
        if (!withoutRecord.isEmpty()) {
            LOG.error("documents of {} in Elasticsearch are no record's: {}", day, withoutRecord);
        }
        return new Finding(day, merge.requeued, withoutRecord);
    }

    /** Two ascending sequences of ids, walked side by side. */
    private final class Merge {
        private final LocalDate day;
        private final Deque<UUID> records = new ArrayDeque<>();
        private final List<UUID> missing = new ArrayList<>();
        private final List<String> strange = new ArrayList<>();
        private UUID last = new UUID(0, 0);
        private boolean more = true;
        private long requeued;

        Merge(LocalDate day) {
            this.day = day;
        }

        /** The next id of Elasticsearch; PostgreSQL orders ids as their text is ordered. */
        void copied(String id) {
            UUID record = peek();
            while (record != null && record.toString().compareTo(id) < 0) {
                takeMissing();
                record = peek();
            }
            if (record != null && record.toString().equals(id)) {
                records.removeFirst();
            } else if (strange.size() < CHUNK) {
                strange.add(id);
            }
        }

        void end() {
            while (peek() != null) {
                takeMissing();
            }
            flush();
        }

        private void takeMissing() {
            missing.add(records.removeFirst());
            if (missing.size() == CHUNK) {
                flush();
            }
        }

        private void flush() {
            if (!missing.isEmpty()) {
                requeued += requeue(day, missing);
                missing.clear();
            }
        }

        private @Nullable UUID peek() {
            if (records.isEmpty() && more) {
                List<UUID> chunk = chunk(day, last);
                more = chunk.size() == CHUNK;
                if (!chunk.isEmpty()) {
                    last = chunk.getLast();
                }
                records.addAll(chunk);
            }
            return records.peekFirst();
        }
    }

    private List<UUID> chunk(LocalDate day, UUID behind) {
        return jdbc.sql(
                        """
                        select id from audit_chain where at >= :from and at < :to and id > :behind
                        order by id limit :chunk
                        """)
                .param("from", UnshippedQueue.utc(start(day)))
                .param("to", UnshippedQueue.utc(start(day.plusDays(1))))
                .param("behind", behind)
                .param("chunk", CHUNK)
                .query((row, _) -> Objects.requireNonNull(row.getObject(1, UUID.class)))
                .list();
    }

    /** Those that wait in the queue anyway, or were refused, are left as they are. */
    private long requeue(LocalDate day, List<UUID> ids) {
        return jdbc.sql(
                        """
                        insert into audit_unshipped (tenant_id, sequence, id, at, next_at)
                        select c.tenant_id, c.sequence, c.id, c.at, :now from audit_chain c
                        where c.id in (:ids) and c.at >= :from and c.at < :to
                            and not exists (select 1 from audit_dead_letters d
                                where d.id = c.id and d.at = c.at)
                        on conflict do nothing
                        """)
                .param("now", UnshippedQueue.utc(clock.instant()))
                .param("ids", ids)
                .param("from", UnshippedQueue.utc(start(day)))
                .param("to", UnshippedQueue.utc(start(day.plusDays(1))))
                .update();
    }

    /** Asked again for each: it may have been sealed after the day's ids were read. */
    private boolean hasRecord(String id, LocalDate day) {
        UUID record;
        try {
            record = UUID.fromString(id);
        } catch (IllegalArgumentException _) {
            return false;
        }
        return jdbc.sql(
                        """
                        select exists (select 1 from audit_chain
                            where id = :id and at >= :from and at < :to)
                        """)
                .param("id", record)
                .param("from", UnshippedQueue.utc(start(day)))
                .param("to", UnshippedQueue.utc(start(day.plusDays(1))))
                .query(Boolean.class)
                .single();
    }
}
