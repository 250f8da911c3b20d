package assay.audit.chain;

import assay.audit.AuditDocument;
import assay.audit.AuditLink;
import assay.audit.AuditRow;
import assay.audit.DayCopy;
import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A database with records in it, a clock that is set by hand, and a hand that tampers. A test class
 * registers it in a static field: it is empty before each test, and is there as long as the class.
 */
final class ChainFixture implements BeforeEachCallback, AfterAllCallback {
    /** Long past, so that the clock that is set by hand is never ahead of the database's. */
    static final LocalDate DAY = LocalDate.of(2025, 6, 1);

    static final UUID ONE = UUID.fromString("11111111-0000-4000-8000-000000000001");
    static final UUID TWO = UUID.fromString("f2222222-0000-4000-8000-000000000002");

    final TestDatabase database = TestDatabase.start();
    final MeterRegistry meters = new SimpleMeterRegistry();
    final JdbcClient superuser = JdbcClient.create(database.superuser());
    private Instant now = Instant.EPOCH;
    final InstantSource clock = () -> now;
    private final Random random = new Random(7);

    /** Everything anew, on the first day at noon. */
    @Override
    public void beforeEach(ExtensionContext context) throws SQLException {
        around(
                "truncate audit_events, audit_chain, audit_heads, audit_unsealed, audit_unshipped,"
                        + " audit_dead_letters, audit_days, audit_day_seals, audit_dropped");
        at(DAY, 12);
        for (int i = -1; i <= 3; i++) {
            superuser.sql("select audit_make_day(?)").param(DAY.plusDays(i)).query().listOfRows();
        }
    }

    void at(LocalDate day, int hour) {
        at(Sql.start(day).plus(Duration.ofHours(hour)));
    }

    void at(Instant instant) {
        now = instant;
    }

    DataSource audit() {
        return database.as(DatabaseRoles.AUDIT);
    }

    /** Records of a tenant, some milliseconds after one another. */
    List<AuditRow> write(UUID tenant, Instant from, int count) {
        List<AuditRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            var row =
                    new AuditRow(
                            new UUID(random.nextLong(), random.nextLong()),
                            from.plusMillis(i * 3L),
                            tenant,
                            "{\"kind\":\"user\",\"id\":\"u\",\"name\":\"U\"}",
                            "192.0.2.1",
                            "curl/8",
                            "inference.generate",
                            "{\"type\":\"model\",\"id\":\"m\"}",
                            "{\"method\":\"POST\",\"path\":\"/v1/completions\"}",
                            "{\"result\":\"success\",\"status\":200}",
                            12_345,
                            "{\"request\":\"r\"}",
                            "{\"n\":" + i + "}");
            row.insert(superuser);
            rows.add(row);
        }
        return rows;
    }

    List<AuditRow> write(UUID tenant, LocalDate day, int count) {
        return write(tenant, Sql.start(day).plus(Duration.ofHours(1)), count);
    }

    Sealer sealer(int batch, boolean ship) {
        return new Sealer(
                audit(), clock, new SealerSettings(ship, batch, Duration.ofMillis(50)), meters);
    }

    void sealAll() throws SQLException {
        Sealer sealer = sealer(100, false);
        while (sealer.sealBatch() > 0) {}
    }

    DaySealer daySealer(SealKey key, SealCopies... places) {
        return new DaySealer(audit(), key, List.of(places), clock, Duration.ofMinutes(15), meters);
    }

    /** Around the triggers, as somebody with the server in his hands would. */
    void around(String... statements) throws SQLException {
        try (Connection connection = database.superuser().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set session_replication_role = replica");
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    long count(String from) {
        return superuser.sql("select count(*) from " + from).query(Long.class).single();
    }

    /** A link as the chain has it. */
    AuditLink link(AuditRow row) {
        return superuser
                .sql("select sequence, content_hash, hash from audit_chain where id = ?")
                .param(row.id())
                .query((found, _) -> link(found))
                .single();
    }

    private static AuditLink link(ResultSet row) throws SQLException {
        HexFormat hex = HexFormat.of();
        return new AuditLink(
                row.getLong(1),
                hex.formatHex(Objects.requireNonNull(row.getBytes(2))),
                hex.formatHex(Objects.requireNonNull(row.getBytes(3))));
    }

    /** A copy in memory that behaves as an index does. */
    static final class MemoryCopy implements DayCopy {
        final List<JsonNode> documents = new ArrayList<>();
        final List<String> did = new ArrayList<>();

        void add(AuditRow row, AuditLink link) {
            documents.add(AuditDocument.parse(AuditDocument.bytes(row, link)));
        }

        ObjectNode document(AuditRow row) {
            return (ObjectNode)
                    documents.stream()
                            .filter(one ->
                                    one.get("event.id").asString().equals(row.id().toString()))
                            .findFirst()
                            .orElseThrow();
        }

        private static LocalDate day(JsonNode document) {
            return AuditDocument.row(document).day();
        }

        @Override
        public boolean isSealed(LocalDate day) {
            return did.contains("seal " + day);
        }

        @Override
        public void scan(LocalDate day, Consumer<JsonNode> to) {
            documents.stream()
                    .filter(one -> day(one).equals(day))
                    .sorted(Comparator.comparing(one -> one.get("event.id").asString()))
                    .forEach(to);
        }

        @Override
        public long count(LocalDate day) {
            return documents.stream().filter(one -> day(one).equals(day)).count();
        }

        @Override
        public void seal(LocalDate day) {
            did.add("seal " + day);
        }

        @Override
        public void delete(LocalDate day) {
            did.add("delete " + day);
            documents.removeIf(one -> day(one).equals(day));
        }
    }

    /** A copy of all that has its place. */
    MemoryCopy copyOf(List<AuditRow> rows) {
        var copy = new MemoryCopy();
        rows.forEach(row -> copy.add(row, link(row)));
        return copy;
    }

    ChainReport check(@Nullable SealKey key, @Nullable DayCopy copy, SealCopies... places)
            throws SQLException {
        return new ChainCheck(
                        audit(),
                        List.of(places),
                        key == null ? List.of() : List.of(key.publicKey()),
                        clock)
                .check(copy);
    }

    static SealKey key(Path folder) {
        return SealKey.open(folder);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        database.close();
    }
}
