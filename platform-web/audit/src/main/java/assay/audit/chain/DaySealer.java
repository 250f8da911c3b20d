package assay.audit.chain;

import io.micrometer.core.instrument.Counter;
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
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signs a seal over each day that is over and has all its records in the chain, and a further one
 * when records came late. What is signed is kept in the database and then in every other place; a
 * place that could not be reached gets it later. While a day is read, which takes about a second
 * for a million records, nothing is added to the chain. Confined to one thread.
 */
public final class DaySealer {
    private static final Logger LOG = LoggerFactory.getLogger(DaySealer.class);

    private final DataSource audit;
    private final SealKey key;
    private final List<SealCopies> copies;
    private final InstantSource clock;
    private final Duration grace;
    private final Counter signed;

    /** Whether a place may lack a seal. */
    private boolean behind = true;

    /**
     * @param audit connections as the role assay_audit
     * @param grace after the end of a day
     */
    public DaySealer(
            DataSource audit,
            SealKey key,
            List<SealCopies> copies,
            InstantSource clock,
            Duration grace,
            MeterRegistry meters) {
        this.audit = audit;
        this.key = key;
        this.copies = List.copyOf(copies);
        this.clock = clock;
        this.grace = grace;
        this.signed =
                Counter.builder("assay_audit_day_seals")
                        .description("Day seals that were signed")
                        .register(meters);
    }

    /**
     * Seals what is due.
     *
     * @return the seals that were made, the oldest day first
     * @throws IllegalStateException if another place holds another seal of a day than the database:
     *     one of them was tampered with
     */
    public List<DaySeal> sealDue() throws SQLException {
        List<DaySeal> made = new ArrayList<>();
        for (LocalDate day : due()) {
            made.addAll(seal(day));
        }
        behind |= !made.isEmpty();
        if (behind) {
            copy();
            behind = false;
        }
        return made;
    }

    private List<LocalDate> due() throws SQLException {
        Instant now = clock.instant();
        try (Connection connection = audit.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                select day from audit_days d
                                where day < ? and dropped_at is null and (late
                                    or not exists (select from audit_day_seals s where s.day = d.day))
                                order by day
                                """)) {
            statement.setObject(1, LocalDate.ofInstant(now.minus(grace), ZoneOffset.UTC));
            List<LocalDate> days = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    days.add(row.getObject(1, LocalDate.class));
                }
            }
            return days;
        }
    }

    /** One seal, or none where records of the day still wait for their places. */
    private List<DaySeal> seal(LocalDate day) throws SQLException {
        try (Connection connection = audit.getConnection()) {
            connection.setAutoCommit(false);
            try {
                AuditLock.CHAIN.takeForTransaction(connection);
                if (waits(connection, day)) {
                    connection.rollback();
                    return List.of();
                }
                DaySeal seal = sign(connection, day);
                DaySeals.insert(connection, seal);
                try (PreparedStatement statement =
                        connection.prepareStatement(
                                "update audit_days set late = false, confirmed_at = null"
                                        + " where day = ?")) {
                    statement.setObject(1, day);
                    statement.executeUpdate();
                }
                connection.commit();
                signed.increment();
                LOG.info("sealed {} with {} audit records", seal.name(), seal.records());
                return List.of(seal);
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    private static boolean waits(Connection connection, LocalDate day) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select exists (select from audit_unsealed where at >= ? and at < ?)")) {
            Sql.setDay(statement, 1, day);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private DaySeal sign(Connection connection, LocalDate day) throws SQLException {
        List<DaySeal> before = DaySeals.of(connection, day);
        var last = DaySeals.last(connection);
        Instant at = clock.instant().truncatedTo(ChronoUnit.MICROS);
        for (Instant earlier :
                List.of(
                        last.map(seal -> seal.signedAt().plus(1, ChronoUnit.MICROS)).orElse(at),
                        lastSealed(connection, day, at))) {
            at = earlier.isAfter(at) ? earlier : at;
        }
        MerkleTree tree = DaySeals.tree(connection, day, at);
        return key.sign(
                new DaySeal(
                        day,
                        before.size() + 1,
                        tree.leafCount(),
                        HexFormat.of().formatHex(tree.root()),
                        last.map(DaySeal::digest).orElse(""),
                        at,
                        key.id(),
                        ""));
    }

    private static Instant lastSealed(Connection connection, LocalDate day, Instant orElse)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select coalesce(max(sealed_at), ?) from audit_chain"
                                + " where at >= ? and at < ?")) {
            Sql.setInstant(statement, 1, orElse);
            Sql.setDay(statement, 2, day);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return Sql.instant(row, 1);
            }
        }
    }

    private void copy() throws SQLException {
        List<DaySeal> seals;
        try (Connection connection = audit.getConnection()) {
            seals = DaySeals.all(connection);
        }
        for (SealCopies place : copies) {
            Set<DaySeal> there =
                    place.read().stream().map(DaySeal.Kept::seal).collect(Collectors.toSet());
            for (DaySeal seal : seals) {
                if (!there.contains(seal) && seal.keyId().equals(key.id())) {
                    place.keep(new DaySeal.Kept(seal, key.publicKey()));
                }
            }
        }
    }
}
