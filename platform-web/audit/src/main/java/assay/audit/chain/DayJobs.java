package assay.audit.chain;

import assay.audit.DayCopy;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a day: its partitions are made ahead, it is sealed when it is over, confirmed when
 * nothing of it waits and both stores count the same, and let go after its retention; its copy goes
 * some days later. The database itself refuses to drop a day before (function audit_drop_day).
 * Confined to one thread; of several gateways one does this at a time.
 */
public final class DayJobs {
    private static final Logger LOG = LoggerFactory.getLogger(DayJobs.class);

    private final DataSource audit;
    private final DaySealer sealer;
    private final @Nullable DayCopy copy;
    private final InstantSource clock;
    private final DaySettings settings;
    private final AtomicLong unconfirmed = new AtomicLong();
    private final AtomicLong unequal = new AtomicLong();

    /**
     * @param audit connections as the role assay_audit; two are used at once
     * @param copy none where records are in PostgreSQL alone
     */
    public DayJobs(
            DataSource audit,
            DaySealer sealer,
            @Nullable DayCopy copy,
            InstantSource clock,
            DaySettings settings,
            MeterRegistry meters) {
        this.audit = audit;
        this.sealer = sealer;
        this.copy = copy;
        this.clock = clock;
        this.settings = settings;
        Gauge.builder("assay_audit_unconfirmed_days", unconfirmed, AtomicLong::get)
                .description("Sealed days of which something waits or is missing in the copy")
                .register(meters);
        Gauge.builder("assay_audit_unequal_days", unequal, AtomicLong::get)
                .description("Days of which the two stores count different numbers of records")
                .register(meters);
    }

    /**
     * What was done.
     *
     * @param elsewhere whether another gateway is at it, so that nothing was done
     */
    public record Done(
            boolean elsewhere,
            List<DaySeal> sealed,
            List<LocalDate> confirmed,
            List<LocalDate> dropped,
            List<LocalDate> copiesDeleted) {}

    /** A day and what the two stores are said to hold of it. */
    private record Day(LocalDate day, long records, long copies) {}

    /** Does all that is due. */
    public Done runOnce() throws SQLException {
        try (Connection holder = audit.getConnection()) {
            if (!AuditLock.DAYS.tryForSession(holder)) {
                return new Done(true, List.of(), List.of(), List.of(), List.of());
            }
            try {
                makeDays();
                List<DaySeal> sealed = sealer.sealDue();
                unequal.set(0);
                List<LocalDate> confirmed = confirm();
                List<LocalDate> dropped = drop();
                return new Done(false, sealed, confirmed, dropped, deleteCopies());
            } finally {
                AuditLock.DAYS.release(holder);
            }
        }
    }

    private void makeDays() throws SQLException {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        try (Connection connection = audit.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("select audit_make_day(?)")) {
            for (int i = 0; i <= settings.ahead(); i++) {
                statement.setObject(1, today.plusDays(i));
                statement.execute();
            }
        }
    }

    // ---------------------------------------------------------------- confirmation

    private List<LocalDate> confirm() throws SQLException {
        List<LocalDate> confirmed = new ArrayList<>();
        List<Day> candidates =
                days(
                        """
                        select d.day, s.records, 0 from audit_days d
                        join lateral (select records from audit_day_seals s where s.day = d.day
                            order by revision desc limit 1) s on true
                        where d.confirmed_at is null and d.dropped_at is null and not d.late
                        order by d.day
                        """);
        for (Day day : candidates) {
            if (!waits(day.day()) && counted(day.day(), day.records())) {
                if (copy != null) {
                    copy.seal(day.day());
                }
                if (markConfirmed(day)) {
                    confirmed.add(day.day());
                }
            }
        }
        unconfirmed.set(candidates.size() - confirmed.size());
        return confirmed;
    }

    private boolean waits(LocalDate day) throws SQLException {
        try (Connection connection = audit.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                with day(start, stop) as (values (?::timestamptz, ?::timestamptz))
                                select exists (select from audit_unsealed u where at >= start and at < stop)
                                    or exists (select from audit_unshipped u where at >= start and at < stop)
                                    or exists (select from audit_dead_letters l where at >= start and at < stop)
                                from day
                                """)) {
            Sql.setDay(statement, 1, day);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private boolean counted(LocalDate day, long records) {
        if (copy == null) {
            return true;
        }
        long copies = copy.count(day);
        if (copies != records) {
            unequal.incrementAndGet();
            LOG.warn("{}: {} audit records, {} in the copy", day, records, copies);
        }
        return copies == records;
    }

    /** Unless a record came in between. */
    private boolean markConfirmed(Day day) throws SQLException {
        try (Connection connection = audit.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                "update audit_days set confirmed_at = ?, records = ?, copies = ?"
                                        + " where day = ? and not late and confirmed_at is null")) {
            Sql.setInstant(statement, 1, clock.instant());
            statement.setLong(2, day.records());
            statement.setObject(3, copy == null ? null : day.records());
            statement.setObject(4, day.day());
            return statement.executeUpdate() == 1;
        }
    }

    // ---------------------------------------------------------------- retention

    private List<LocalDate> drop() throws SQLException {
        List<LocalDate> dropped = new ArrayList<>();
        for (Day day :
                days(
                        "select day, records, coalesce(copies, 0) from audit_days"
                                + " where confirmed_at is not null and dropped_at is null"
                                + " order by day")) {
            if (clock.instant().isBefore(end(day.day(), settings.retentionDays()))) {
                break;
            }
            if (counted(day.day(), day.records())) {
                String refusal = drop(day.day());
                if (refusal == null) {
                    dropped.add(day.day());
                    LOG.info("{}: {} audit records went after retention", day.day(), day.records());
                } else {
                    LOG.debug("{} stays: {}", day.day(), refusal);
                }
            }
        }
        return dropped;
    }

    private @Nullable String drop(LocalDate day) throws SQLException {
        try (Connection connection = audit.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("select audit_drop_day(?, ?, ?)")) {
            statement.setObject(1, day);
            Sql.setInstant(statement, 2, clock.instant());
            statement.setInt(3, settings.retentionDays());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    /** The same rule as for the records, some days later, by the day's name and its count. */
    private List<LocalDate> deleteCopies() throws SQLException {
        List<LocalDate> deleted = new ArrayList<>();
        if (copy == null) {
            return deleted;
        }
        for (Day day :
                days(
                        """
                        select day, records, copies from audit_days
                        where dropped_at is not null and copies is not null
                            and copy_deleted_at is null order by day
                        """)) {
            if (clock.instant()
                    .isBefore(end(day.day(), longestDays() + settings.copyMarginDays()))) {
                break;
            }
            if (counted(day.day(), day.copies())) {
                copy.seal(day.day()); // a record that came late may have opened it
                copy.delete(day.day());
                markDeleted(day.day());
                deleted.add(day.day());
            }
        }
        return deleted;
    }

    private int longestDays() throws SQLException {
        try (Connection connection = audit.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement("select audit_retention_days()");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return Math.max(settings.retentionDays(), row.getInt(1));
        }
    }

    private void markDeleted(LocalDate day) throws SQLException {
        try (Connection connection = audit.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                "update audit_days set copy_deleted_at = ? where day = ?")) {
            Sql.setInstant(statement, 1, clock.instant());
            statement.setObject(2, day);
            statement.executeUpdate();
        }
    }

    private static Instant end(LocalDate day, int days) {
        return Sql.start(day.plusDays(1)).plus(Duration.ofDays(days));
    }

    private List<Day> days(String query) throws SQLException {
        List<Day> days = new ArrayList<>();
        try (Connection connection = audit.getConnection();
                PreparedStatement statement = connection.prepareStatement(query);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                days.add(
                        new Day(row.getObject(1, LocalDate.class), row.getLong(2), row.getLong(3)));
            }
        }
        return days;
    }
}
