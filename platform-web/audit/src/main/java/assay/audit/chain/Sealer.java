package assay.audit.chain;

import assay.audit.AuditRow;
import assay.audit.CanonicalForm;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives committed records their places: the next sequence of their tenant and the hash over all
 * before. Takes what waits in audit_unsealed, in batches, each in one transaction under a lock that
 * all gateways share; a transaction that breaks off leaves everything as it was. Confined to one
 * thread; several of them, here or elsewhere, take turns.
 */
public final class Sealer {
    private static final Logger LOG = LoggerFactory.getLogger(Sealer.class);
    private static final String UNIQUE_VIOLATION = "23505";

    private final DataSource audit;
    private final InstantSource clock;
    private final SealerSettings settings;
    private final Counter sealed;
    private final Counter vanished;
    private final Counter unreadable;

    /** Days whose partitions are known to be there. */
    private final Set<LocalDate> made = new HashSet<>();

    /**
     * @param audit connections as the role assay_audit
     */
    public Sealer(
            DataSource audit, InstantSource clock, SealerSettings settings, MeterRegistry meters) {
        this.audit = audit;
        this.clock = clock;
        this.settings = settings;
        this.sealed =
                Counter.builder("assay_audit_sealed_events")
                        .description("Records that got their place in a chain")
                        .register(meters);
        this.vanished =
                Counter.builder("assay_audit_vanished_events")
                        .description("Records that were gone before they got a place: tampering")
                        .register(meters);
        this.unreadable =
                Counter.builder("assay_audit_unreadable_events")
                        .description("Tries to seal a record whose JSON can not be read")
                        .register(meters);
    }

    /** A record that waits. */
    private record Waiting(UUID id, Instant at) {
        LocalDate day() {
            return LocalDate.ofInstant(at, ZoneOffset.UTC);
        }
    }

    /** A row of the chain, to be written. */
    private record Link(AuditRow row, long sequence, Content content, Content hash) {}

    /** A digest; a class, so that a record may hold it. */
    private static final class Content {
        private final byte[] bytes;

        Content(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    /** The end of a tenant's chain while a batch goes on it. */
    private static final class Head {
        private long sequence;
        private byte[] hash = Hashes.genesis();
    }

    /**
     * Seals up to a batch of records.
     *
     * @return how many were taken out of the queue; less than a batch means that no more waited
     * @throws SQLException if it could not be done; nothing was changed then
     */
    public int sealBatch() throws SQLException {
        try (Connection connection = audit.getConnection()) {
            connection.setAutoCommit(false);
            try {
                int taken = sealBatch(connection, false);
                connection.commit();
                return taken;
            } catch (SQLException e) {
                connection.rollback();
                if (!UNIQUE_VIOLATION.equals(e.getSQLState())) {
                    throw e;
                }
                // Somebody put a record into the queue that has its place already.
                int taken = sealBatch(connection, true);
                connection.commit();
                return taken;
            } catch (RuntimeException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    private int sealBatch(Connection connection, boolean leaveOutSealed) throws SQLException {
        AuditLock.CHAIN.takeForTransaction(connection);
        List<Waiting> waiting = waiting(connection);
        if (waiting.isEmpty()) {
            return 0;
        }
        Map<LocalDate, List<Waiting>> days = new TreeMap<>();
        waiting.forEach(one -> days.computeIfAbsent(one.day(), _ -> new ArrayList<>()).add(one));
        List<AuditRow> rows = new ArrayList<>();
        List<Waiting> done = new ArrayList<>();
        for (Map.Entry<LocalDate, List<Waiting>> day : days.entrySet()) {
            makeDay(connection, day.getKey());
            rows.addAll(read(connection, day.getKey(), day.getValue(), done, leaveOutSealed));
        }
        rows.sort(Comparator.comparing(AuditRow::at).thenComparing(AuditRow::id));
        List<Link> links = chain(connection, rows);
        links.forEach(link -> done.add(new Waiting(link.row.id(), link.row.at())));
        write(connection, links, sealedAt(connection, days.keySet()));
        takeOut(connection, done);
        sealed.increment(links.size());
        return done.size();
    }

    private List<Waiting> waiting(Connection connection) throws SQLException {
        List<Waiting> found = new ArrayList<>();
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select id, at from audit_unsealed order by id, at limit ?")) {
            statement.setInt(1, settings.batch());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.add(new Waiting(row.getObject(1, UUID.class), Sql.instant(row, 2)));
                }
            }
        }
        return found;
    }

    private void makeDay(Connection connection, LocalDate day) throws SQLException {
        if (made.contains(day)) {
            return;
        }
        try (PreparedStatement statement =
                connection.prepareStatement("select audit_make_day(?)")) {
            statement.setObject(1, day);
            statement.execute();
        }
        made.add(day);
    }

    /** Reads what waits of a day; what is not there is noted in the chain and is done. */
    private List<AuditRow> read(
            Connection connection,
            LocalDate day,
            List<Waiting> waiting,
            List<Waiting> done,
            boolean leaveOutSealed)
            throws SQLException {
        Map<UUID, AuditRow> rows = new HashMap<>();
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select "
                                + AuditRow.COLUMNS
                                + " from audit_events where at >= ? and at < ? and id = any(?)")) {
            Sql.setDay(statement, 1, day);
            statement.setArray(
                    3,
                    connection.createArrayOf("uuid", waiting.stream().map(Waiting::id).toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    AuditRow read = AuditRow.read(row);
                    rows.put(read.id(), read);
                }
            }
        }
        Set<UUID> before = leaveOutSealed ? sealedBefore(connection, day, waiting) : Set.of();
        List<AuditRow> found = new ArrayList<>();
        for (Waiting one : waiting) {
            AuditRow row = rows.get(one.id());
            if (before.contains(one.id())) {
                done.add(one);
            } else if (row != null && row.at().equals(one.at())) {
                found.add(row);
            } else {
                noteVanished(connection, one);
                done.add(one);
            }
        }
        return found;
    }

    private static Set<UUID> sealedBefore(
            Connection connection, LocalDate day, List<Waiting> waiting) throws SQLException {
        Set<UUID> sealed = new HashSet<>();
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select id from audit_chain where at >= ? and at < ? and id = any(?)")) {
            Sql.setDay(statement, 1, day);
            statement.setArray(
                    3,
                    connection.createArrayOf("uuid", waiting.stream().map(Waiting::id).toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    sealed.add(row.getObject(1, UUID.class));
                }
            }
        }
        return sealed;
    }

    private void noteVanished(Connection connection, Waiting one) throws SQLException {
        LOG.error("audit record {} of {} was gone before it got its place", one.id(), one.at());
        vanished.increment();
        try (PreparedStatement statement =
                connection.prepareStatement("select audit_note_vanished(?, ?, ?)")) {
            statement.setObject(1, one.id());
            Sql.setInstant(statement, 2, one.at());
            Sql.setInstant(statement, 3, clock.instant());
            statement.execute();
        }
    }

    private List<Link> chain(Connection connection, List<AuditRow> rows) throws SQLException {
        Map<UUID, Head> heads = heads(connection, rows);
        List<Link> links = new ArrayList<>(rows.size());
        for (AuditRow row : rows) {
            byte[] content;
            try {
                content = HexFormat.of().parseHex(CanonicalForm.sha256(row));
            } catch (RuntimeException e) { // it stays in the queue, and the others go on
                LOG.error("audit record {} of {} can not be sealed", row.id(), row.at(), e);
                unreadable.increment();
                continue;
            }
            Head head = heads.computeIfAbsent(row.tenant(), _ -> new Head());
            head.sequence++;
            head.hash = Hashes.link(head.hash, head.sequence, content);
            links.add(new Link(row, head.sequence, new Content(content), new Content(head.hash)));
        }
        return links;
    }

    private static Map<UUID, Head> heads(Connection connection, List<AuditRow> rows)
            throws SQLException {
        Map<UUID, Head> heads = new HashMap<>();
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "select tenant_id, sequence, hash from audit_heads"
                                + " where tenant_id = any(?)")) {
            statement.setArray(
                    1,
                    connection.createArrayOf(
                            "uuid", rows.stream().map(AuditRow::tenant).distinct().toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    var head = new Head();
                    head.sequence = row.getLong(2);
                    head.hash = row.getBytes(3);
                    heads.put(row.getObject(1, UUID.class), head);
                }
            }
        }
        return heads;
    }

    /**
     * Later than any seal of these days, so that a seal covers exactly what was sealed by its own
     * time. A day that has a seal needs another.
     */
    private Instant sealedAt(Connection connection, Set<LocalDate> days) throws SQLException {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        with sealed as (
                            select day, max(signed_at) as signed_at from audit_day_seals
                            where day = any(?) group by day),
                        marked as (
                            update audit_days set late = true, confirmed_at = null
                            where day in (select day from sealed))
                        select max(signed_at) from sealed
                        """)) {
            statement.setArray(1, connection.createArrayOf("date", days.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                OffsetDateTime signed = row.getObject(1, OffsetDateTime.class);
                return signed == null || signed.toInstant().isBefore(now)
                        ? now
                        : signed.toInstant().plus(1, ChronoUnit.MICROS);
            }
        }
    }

    private void write(Connection connection, List<Link> links, Instant at) throws SQLException {
        if (links.isEmpty()) {
            return;
        }
        Object[] tenants = links.stream().map(link -> link.row.tenant()).toArray();
        Object[] sequences = links.stream().map(Link::sequence).toArray();
        Object[] ids = links.stream().map(link -> link.row.id()).toArray();
        Object[] times =
                links.stream().map(link -> link.row.at().atOffset(ZoneOffset.UTC)).toArray();
        byte[][] contents = links.stream().map(link -> link.content.bytes).toArray(byte[][]::new);
        byte[][] hashes = links.stream().map(link -> link.hash.bytes).toArray(byte[][]::new);
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        insert into audit_chain
                            (tenant_id, sequence, id, at, content_hash, hash, sealed_at)
                        select t, s, i, a, c, h, ?
                        from unnest(?::uuid[], ?::bigint[], ?::uuid[], ?::timestamptz[],
                            ?::bytea[], ?::bytea[]) as link(t, s, i, a, c, h)
                        """)) {
            Sql.setInstant(statement, 1, at);
            statement.setArray(2, connection.createArrayOf("uuid", tenants));
            statement.setArray(3, connection.createArrayOf("int8", sequences));
            statement.setArray(4, connection.createArrayOf("uuid", ids));
            statement.setArray(5, connection.createArrayOf("timestamptz", times));
            statement.setArray(6, connection.createArrayOf("bytea", contents));
            statement.setArray(7, connection.createArrayOf("bytea", hashes));
            statement.executeUpdate();
        }
        if (settings.ship()) {
            queue(connection, at, tenants, sequences, ids, times);
        }
        writeHeads(connection, links);
    }

    private static void queue(
            Connection connection,
            Instant next,
            Object[] tenants,
            Object[] sequences,
            Object[] ids,
            Object[] times)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        insert into audit_unshipped (tenant_id, sequence, id, at, next_at)
                        select t, s, i, a, ?
                        from unnest(?::uuid[], ?::bigint[], ?::uuid[], ?::timestamptz[])
                            as link(t, s, i, a)
                        """)) {
            Sql.setInstant(statement, 1, next);
            statement.setArray(2, connection.createArrayOf("uuid", tenants));
            statement.setArray(3, connection.createArrayOf("int8", sequences));
            statement.setArray(4, connection.createArrayOf("uuid", ids));
            statement.setArray(5, connection.createArrayOf("timestamptz", times));
            statement.executeUpdate();
        }
    }

    private static void writeHeads(Connection connection, List<Link> links) throws SQLException {
        Map<UUID, Link> last = new HashMap<>();
        links.forEach(link -> last.put(link.row.tenant(), link));
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        insert into audit_heads (tenant_id, sequence, hash) values (?, ?, ?)
                        on conflict (tenant_id) do update
                        set sequence = excluded.sequence, hash = excluded.hash
                        """)) {
            for (Map.Entry<UUID, Link> head : last.entrySet()) {
                statement.setObject(1, head.getKey());
                statement.setLong(2, head.getValue().sequence());
                statement.setBytes(3, head.getValue().hash.bytes);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static void takeOut(Connection connection, List<Waiting> done) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        delete from audit_unsealed u
                        using unnest(?::uuid[], ?::timestamptz[]) as done(id, at)
                        where u.id = done.id and u.at = done.at
                        """)) {
            statement.setArray(
                    1, connection.createArrayOf("uuid", done.stream().map(Waiting::id).toArray()));
            statement.setArray(
                    2,
                    connection.createArrayOf(
                            "timestamptz",
                            done.stream().map(one -> one.at().atOffset(ZoneOffset.UTC)).toArray()));
            statement.executeUpdate();
        }
    }
}
