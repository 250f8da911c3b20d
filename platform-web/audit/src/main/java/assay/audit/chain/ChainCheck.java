package assay.audit.chain;

import assay.audit.DayCopy;
import assay.audit.chain.ChainBreak.Kind;
import java.security.PublicKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Holds everything against everything: the seals against their keys, against each other and against
 * their second places; the links against each other and against the heads; each day's records and
 * links against the chain and the seals; and a copy against the chain. It reads one snapshot of the
 * database, in streams, so its memory does not grow with the records. Stateless; a check may run
 * beside the pipeline.
 */
public final class ChainCheck {
    private final DataSource audit;
    private final List<SealCopies> places;
    private final List<PublicKey> trusted;
    private final InstantSource clock;

    /**
     * @param audit connections as assay_audit or a superuser; two are used at once
     * @param places where seals are kept besides; their public keys are trusted, too
     * @param trusted keys that seals may be signed with
     */
    public ChainCheck(
            DataSource audit,
            List<SealCopies> places,
            Collection<PublicKey> trusted,
            InstantSource clock) {
        this.audit = audit;
        this.places = List.copyOf(places);
        this.trusted = List.copyOf(trusted);
        this.clock = clock;
    }

    /**
     * Checks all.
     *
     * @param copy held against the chain as well; null for PostgreSQL alone
     * @throws SQLException if the database can not be read
     */
    public ChainReport check(@Nullable DayCopy copy) throws SQLException {
        Instant start = clock.instant();
        Map<String, List<DaySeal.Kept>> kept = new LinkedHashMap<>();
        places.forEach(place -> kept.put(place.name(), place.read()));
        var run = new CheckRun(keys(kept));
        try (Connection connection = audit.getConnection()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(true);
            try {
                check(connection, run, kept, copy, start);
            } finally {
                connection.rollback();
                connection.setReadOnly(false);
            }
        }
        return new ChainReport(
                start,
                Duration.between(start, clock.instant()),
                run.records,
                run.copies,
                run.dropped.values().stream().flatMapToLong(LongStream::of).sum(),
                run.tenants,
                run.sealCount,
                run.unsealedDays,
                run.waiting,
                run.unshipped,
                run.breaks());
    }

    private Map<String, PublicKey> keys(Map<String, List<DaySeal.Kept>> kept) {
        Map<String, PublicKey> keys = new HashMap<>();
        kept.values().stream()
                .flatMap(List::stream)
                .map(DaySeal.Kept::publicKey)
                .forEach(key -> keys.put(SealKey.id(key), key));
        trusted.forEach(key -> keys.put(SealKey.id(key), key));
        return keys;
    }

    private void check(
            Connection connection,
            CheckRun run,
            Map<String, List<DaySeal.Kept>> kept,
            @Nullable DayCopy copy,
            Instant now)
            throws SQLException {
        new SealCheck(run).check(connection, kept, now);
        new LinkCheck(connection, run).check();
        Map<LocalDate, Instant> dropped = droppedDays(connection);
        checkDropped(run, dropped);
        Set<LocalDate> days = new TreeSet<>(run.days);
        days.addAll(run.seals.keySet());
        days.addAll(knownDays(connection));
        days.removeAll(dropped.keySet());
        for (LocalDate day : days) {
            var check = new DayCheck(audit, connection, run, day);
            check.checkRecords();
            check.checkSeals();
            if (copy != null) {
                check.checkCopy(copy);
            }
        }
    }

    private static Set<LocalDate> knownDays(Connection connection) throws SQLException {
        Set<LocalDate> days = new TreeSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select day from audit_days")) {
            while (row.next()) {
                days.add(row.getObject(1, LocalDate.class));
            }
        }
        return days;
    }

    private static Map<LocalDate, Instant> droppedDays(Connection connection) throws SQLException {
        Map<LocalDate, Instant> days = new HashMap<>();
        try (PreparedStatement statement =
                        connection.prepareStatement(
                                "select day, dropped_at from audit_days"
                                        + " where dropped_at is not null");
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                days.put(row.getObject(1, LocalDate.class), Sql.instant(row, 2));
            }
        }
        return days;
    }

    /** A day may be gone only after its time, and as many links with it as its seal says. */
    private static void checkDropped(CheckRun run, Map<LocalDate, Instant> dropped) {
        dropped.forEach((day, at) -> {
            Instant earliest =
                    Sql.start(day.plusDays(1))
                            .plus(Duration.ofDays(DaySettings.LEAST_RETENTION_DAYS));
            if (at.isBefore(earliest)) {
                wrongly(run, day, "it went at " + at + " (expected: from " + earliest + ")");
            }
            List<DaySeal> seals = run.seals.getOrDefault(day, List.of());
            long sealed = seals.isEmpty() ? -1 : seals.getLast().records();
            long gone = run.dropped.getOrDefault(day, 0L);
            if (gone != sealed) {
                wrongly(run, day, gone + " links went (in its seal: " + sealed + ")");
            }
        });
        run.dropped.keySet().stream()
                .filter(day -> !dropped.containsKey(day))
                .forEach(day -> wrongly(run, day, "links went, and the day is said to be there"));
    }

    private static void wrongly(CheckRun run, LocalDate day, String what) {
        run.found(Kind.DROPPED_WRONGLY, CheckRun.POSTGRESQL, null, 0, null, day, what);
    }
}
