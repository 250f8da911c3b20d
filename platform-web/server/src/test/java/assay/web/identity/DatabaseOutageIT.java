package assay.web.identity;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.RunningGateway;
import assay.web.tenancy.DatabaseWatch;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A gateway whose line to the database is cut: serving goes on, and every call is recorded. */
class DatabaseOutageIT {
    private static final String BODY = "{\"prompt\":\"a b c\",\"max_tokens\":2}";
    private static final Duration LONG = Duration.ofSeconds(60);

    private static final RunningGateway FIRST = RunningGateway.shared();
    @TempDir private static Path folder;
    private static CutLine line;
    private static RunningGateway gateway;

    @BeforeAll
    static void start() {
        line = new CutLine(URI.create(FIRST.database.url().substring(5)).getPort());
        gateway =
                new RunningGateway(
                        FIRST.cluster,
                        FIRST.database,
                        FIRST.folder,
                        "addresses-outage.json",
                        Map.of(
                                "spring.datasource.url",
                                "jdbc:postgresql://127.0.0.1:" + line.port() + "/assay",
                                "assay.web.outage.spool-dir",
                                folder.resolve("spool"),
                                "assay.web.outage.spool-bytes",
                                65_536));
        FIRST.cluster.publish(FIRST.cluster.route());
        long until = System.nanoTime() + LONG.toNanos();
        while (gateway.get("/v2/health/ready", null).statusCode() != 200) {
            assertThat(System.nanoTime()).as("a route is known").isLessThan(until);
        }
    }

    @AfterEach
    void heal() {
        line.heal();
        assertThat(gateway.bean(DatabaseWatch.class).awaitBack(LONG)).isTrue();
        awaitDrained();
    }

    @AfterAll
    static void stop() {
        gateway.close();
        line.close();
    }

    private static HttpResponse<String> generate(String key) {
        return gateway.post("/api/v1/generate", BODY, key);
    }

    private static @Nullable String recorded(HttpResponse<String> response) {
        return FIRST.one(
                "select count(*) from audit_events where correlation ->> 'request' = ?",
                response.headers().firstValue("X-Request-Id").orElseThrow());
    }

    private static void awaitDrained() {
        gateway.awaitAudited();
    }

    private static void allAreRecordedOnce(List<HttpResponse<String>> responses) {
        awaitDrained();
        assertThat(responses).allSatisfy(it -> assertThat(recorded(it)).isEqualTo("1"));
    }

    @Test
    void answersKnownKeysAndLosesNoRecordWhileTheLineIsCut() {
        assertThat(generate(gateway.key()).statusCode()).isEqualTo(200);
        line.cut();
        var responses = IntStream.range(0, 20).mapToObj(_ -> generate(gateway.key())).toList();
        assertThat(responses)
                .allSatisfy(it -> assertThat(it.statusCode()).as(it.body()).isEqualTo(200));
        assertThat(responses).allSatisfy(it -> assertThat(recorded(it)).isEqualTo("0"));
        line.heal();
        allAreRecordedOnce(responses);
    }

    @Test
    void goesOnWhenTheDatabaseFallsSilent() {
        assertThat(generate(gateway.key()).statusCode()).isEqualTo(200);
        line.silence();
        var responses = IntStream.range(0, 5).mapToObj(_ -> generate(gateway.key())).toList();
        assertThat(responses)
                .allSatisfy(it -> assertThat(it.statusCode()).as(it.body()).isEqualTo(200));
        line.heal();
        allAreRecordedOnce(responses);
    }

    @Test
    void aRecordThatTheDatabaseRefusesHoldsUpNoOther() throws IOException {
        assertThat(generate(gateway.key()).statusCode()).isEqualTo(200);
        line.cut();
        var responses = IntStream.range(0, 3).mapToObj(_ -> generate(gateway.key())).toList();
        String refused = responses.get(1).headers().firstValue("X-Request-Id").orElseThrow();
        var superuser = JdbcClient.create(FIRST.database.superuser());
        superuser
                .sql(
                        "alter table audit_events add constraint never check "
                                + "(correlation ->> 'request' <> '"
                                + refused
                                + "') not valid")
                .update();
        try {
            line.heal();
            allAreRecordedOnce(List.of(responses.get(0), responses.get(2)));
            assertThat(recorded(responses.get(1))).isEqualTo("0");
            assertThat(Files.readAllLines(folder.resolve("spool/refused.jsonl")))
                    .singleElement()
                    .satisfies(it -> assertThat(it).contains(refused));
        } finally {
            superuser.sql("alter table audit_events drop constraint never").update();
        }
    }

    @Test
    void neitherBelievesNorRefusesAKeyItDoesNotKnow() {
        line.cut();
        var response = generate(ApiKeyText.draw(new Random(7)));
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(RunningGateway.json(response).get("type").stringValue())
                .endsWith("database-away");
        assertThat(response.headers().firstValue("Retry-After")).hasValue("5");
    }

    @Test
    void beginsNoVerificationThatItCanNotStore() {
        assertThat(generate(gateway.key()).statusCode()).isEqualTo(200);
        line.cut();
        var response =
                gateway.post(
                        "/api/v1/verifications",
                        "{\"scenario\":\"theorem\",\"system\":\"coq\",\"statement\":\"True\"}",
                        gateway.key());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
        assertThat(RunningGateway.json(response).get("type").stringValue())
                .endsWith("database-away");
    }

    @Test
    void refusesWhatItCanNotRecordWhenTheSpoolIsFull() {
        assertThat(generate(gateway.key()).statusCode()).isEqualTo(200);
        line.cut();
        HttpResponse<String> last = generate(gateway.key());
        for (int calls = 0; calls < 500 && last.statusCode() == 200; calls++) {
            last = generate(gateway.key());
        }
        assertThat(last.statusCode()).isEqualTo(503);
        assertThat(RunningGateway.json(last).get("type").stringValue())
                .endsWith("audit-spool-full");
    }
}
