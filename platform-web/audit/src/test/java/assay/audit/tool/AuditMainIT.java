package assay.audit.tool;

import static org.assertj.core.api.Assertions.assertThat;

import assay.audit.AuditRow;
import assay.audit.chain.DaySealer;
import assay.audit.chain.SealFiles;
import assay.audit.chain.SealKey;
import assay.audit.chain.Sealer;
import assay.audit.chain.SealerSettings;
import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class AuditMainIT {
    private static final UUID TENANT = UUID.fromString("11111111-0000-4000-8000-000000000001");
    private static final Instant AT = Instant.parse("2025-06-01T08:00:00Z");
    @TempDir static Path data;
    private static TestDatabase database;

    private record Answer(int code, String out, String error) {
        JsonNode json() {
            return JsonMapper.shared().readTree(out);
        }
    }

    private static Path secrets() {
        return data.resolve("web").resolve("secrets");
    }

    private static Answer call(String... args) {
        var out = new ByteArrayOutputStream();
        var error = new ByteArrayOutputStream();
        int code =
                AuditMain.run(
                        List.of(args),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(error, true, StandardCharsets.UTF_8));
        return new Answer(
                code, out.toString(StandardCharsets.UTF_8), error.toString(StandardCharsets.UTF_8));
    }

    @BeforeAll
    static void start() throws Exception {
        database = TestDatabase.start();
        JdbcClient superuser = JdbcClient.create(database.superuser());
        superuser.sql("select audit_make_day('2025-06-01')").query().listOfRows();
        for (int i = 0; i < 10; i++) {
            new AuditRow(
                            UUID.randomUUID(),
                            AT.plusSeconds(i),
                            TENANT,
                            "{}",
                            null,
                            null,
                            "a",
                            "{}",
                            "{}",
                            "{\"result\":\"success\"}",
                            1,
                            "{}",
                            "{\"n\":" + i + "}")
                    .insert(superuser);
        }
        var meters = new SimpleMeterRegistry();
        InstantSource clock = InstantSource.fixed(AT.plus(Duration.ofDays(1)));
        var audit = database.as(DatabaseRoles.AUDIT);
        new Sealer(audit, clock, SealerSettings.defaults(false), meters).sealBatch();
        new DaySealer(
                        audit,
                        SealKey.open(secrets()),
                        List.of(new SealFiles(data.resolve("audit-seals"))),
                        clock,
                        Duration.ZERO,
                        meters)
                .sealDue();
        Files.writeString(
                data.resolve("connect.json"),
                "{\"database\":\"%s?user=postgres&password=postgres\"}".formatted(database.url()));
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @Test
    void verifiesExportsAndChecksAndThenNamesWhatWasChanged() throws Exception {
        String dir = data.toString();
        Answer verified = call("verify", "--data", dir, "--json");
        assertThat(verified.code()).as("%s", verified).isZero();
        assertThat(verified.json().get("records").asLong()).isEqualTo(10);
        assertThat(call("verify", "--data", dir).out()).contains("intact: nothing was changed");

        String file = data.resolve("out.zip").toString();
        Answer exported =
                call(
                        "export",
                        "--data=" + dir,
                        "--tenant",
                        TENANT.toString(),
                        "--from",
                        "2025-06-01",
                        "--to",
                        "2025-06-02",
                        "--out",
                        file,
                        "--json");
        assertThat(exported.code()).as("%s", exported).isZero();
        assertThat(exported.json().get("records").asLong()).isEqualTo(10);
        String key = SealKey.publicFile(secrets()).toString();
        Answer checked = call("check-export", file, "--key", key, "--json");
        assertThat(checked.code()).as("%s", checked).isZero();
        assertThat(checked.json().get("sealed").asLong()).isEqualTo(10);
        assertThat(checked.json().get("keys_trusted").asBoolean()).isTrue();

        try (Connection connection = database.superuser().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set session_replication_role = replica");
            statement.execute("update audit_events set action = 'b' where details ->> 'n' = '3'");
        }
        Answer broken = call("verify", "--data", dir, "--json");
        assertThat(broken.code()).isEqualTo(1);
        JsonNode first = broken.json().get("breaks").get(0);
        assertThat(first.get("kind").asString()).isEqualTo("CHANGED");
        assertThat(first.get("sequence").asLong()).isEqualTo(4);
        assertThat(call("verify", "--data", dir).out()).contains("NOT INTACT", "sequence 4");
    }

    @Test
    void aWrongCallSaysWhatWasExpected() {
        assertThat(call().code()).isEqualTo(2);
        assertThat(call("prove").error()).contains("expected: verify, export or check-export");
        assertThat(call("verify", "--date", "x").error()).contains("--date: unknown option");
        assertThat(call("export", "--data", data.toString()).error()).contains("--tenant: missing");
        assertThat(call("check-export").code()).isEqualTo(2);
        Answer down = call("verify", "--data", data.resolve("none").toString(), "--key", "x");
        assertThat(down.code()).isEqualTo(1);
        assertThat(call("--help").out()).contains("exit code");
    }
}
