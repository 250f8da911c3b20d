package assay.audit.elastic;

import static org.assertj.core.api.Assertions.assertThat;

import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.StreamRetention.Verdict;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** Answers in the form that Elasticsearch's reference gives for {@code GET /_data_stream/NAME}. */
class StreamRetentionTest {
    private static final int DAYS = 180;

    /** As of 9.x, of a stream that its own lifecycle runs. */
    private static String stream(String lifecycle) {
        return """
        {"data_streams":[{"name":"audit-v1","timestamp_field":{"name":"@timestamp"},
          "indices":[{"index_name":".ds-audit-v1-2026.11.22-000001","index_uuid":"x8YHF",
            "prefer_ilm":true,"managed_by":"Data stream lifecycle","index_mode":"standard"}],
          "generation":1,"status":"GREEN","template":"audit-v1",%s
          "next_generation_managed_by":"Data stream lifecycle","prefer_ilm":true,"hidden":false,
          "system":false,"allow_custom_routing":false,"replicated":false,
          "rollover_on_write":false}]}
        """
                .formatted(lifecycle);
    }

    private static final String BY_POLICY =
            """
            {"data_streams":[{"name":"audit-v1","timestamp_field":{"name":"@timestamp"},
              "indices":[{"index_name":".ds-audit-v1-2026.11.22-000001","index_uuid":"x8YHF",
                "prefer_ilm":true,"ilm_policy":"thirty-days",
                "managed_by":"Index Lifecycle Management"}],
              "generation":1,"status":"GREEN","template":"audit-v1",
              "lifecycle":{"enabled":true,"data_retention":"180d"},"ilm_policy":"thirty-days",
              "next_generation_managed_by":"Index Lifecycle Management","prefer_ilm":true}]}
            """;

    private static Verdict judge(String answer) {
        return StreamRetention.judge(JsonMapper.shared().readTree(answer), "audit-v1", DAYS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"lifecycle\":{\"enabled\":true,\"data_retention\":\"180d\"},",
                "\"lifecycle\":{\"enabled\":true,\"data_retention\":\"4320h\"},",
                "\"lifecycle\":{\"enabled\":true,\"data_retention\":\"-1\"},",
                "\"lifecycle\":{\"enabled\":true},",
                "\"lifecycle\":{\"enabled\":false,\"data_retention\":\"7d\"},",
                "\"lifecycle\":{\"enabled\":true,\"data_retention\":\"90d\","
                        + "\"effective_retention\":\"365d\","
                        + "\"retention_determined_by\":\"data_stream_configuration\"},",
                ""
            })
    void whatKeepsLongEnoughOrForEverIsNoAlarm(String lifecycle) {
        assertThat(judge(stream(lifecycle))).isEqualTo(new Verdict.Enough());
    }

    @Test
    void theMaximumOfTheClusterGoesBeforeWhatTheStreamWasGiven() {
        Verdict verdict =
                judge(
                        stream(
                                """
                                "lifecycle":{"enabled":true,"data_retention":"180d",
                                  "effective_retention":"90d",
                                  "retention_determined_by":"max_global_retention"},\
                                """));
        assertThat(verdict).isEqualTo(new Verdict.TooShort("90d", "max_global_retention", 90));
        assertThat(verdict.shortDays()).isEqualTo(90);
    }

    @ParameterizedTest
    @CsvSource({"7d, 173", "4319h, 1", "179.5d, 1", "1ms, 180"})
    void aPartOfADayThatIsMissingCountsAsOne(String retention, long missingDays) {
        assertThat(
                        judge(
                                stream(
                                        "\"lifecycle\":{\"enabled\":true,\"data_retention\":\""
                                                + retention
                                                + "\"},")))
                .isEqualTo(new Verdict.TooShort(retention, "data_retention", missingDays));
    }

    @Test
    void aStreamInTheHandsOfAPolicyIsNotKnown() {
        Verdict verdict = judge(BY_POLICY);
        assertThat(verdict)
                .isEqualTo(
                        new Verdict.Unknown(
                                "index lifecycle policy thirty-days deletes, and is not looked"
                                        + " at"));
        assertThat(verdict.shortDays()).isNaN();
    }

    @Test
    void anotherStreamSaysNothingAboutOurs() {
        assertThat(judge("{\"data_streams\":[]}")).isEqualTo(new Verdict.Absent());
        assertThat(judge(stream("").replace("\"audit-v1\"", "\"audit-v2\"")))
                .isEqualTo(new Verdict.Absent());
    }

    @Test
    void timesAreReadAsElasticsearchWritesThem() {
        assertThat(StreamRetention.duration("1.5h")).contains(Duration.ofMinutes(90));
        assertThat(StreamRetention.duration("20micros")).contains(Duration.ofNanos(20_000));
        assertThat(StreamRetention.duration("106751d")).contains(Duration.ofDays(106_751));
        assertThat(StreamRetention.duration("half a year")).isEmpty();
        assertThat(StreamRetention.duration("5y")).isEmpty();
    }

    @Test
    void theGaugeFollowsWhatTheServerSaysAndNothingFails() throws Exception {
        var says = new AtomicReference<>(new Said(404, "{}"));
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/_data_stream/audit-v1",
                exchange -> {
                    Said said = says.get();
                    byte[] body = said.body().getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().add("Content-Type", "application/json");
                    exchange.sendResponseHeaders(said.status(), body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        var meters = new SimpleMeterRegistry();
        var retention = new StreamRetention("audit-v1", DAYS, meters);
        URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        try (ElasticConnection connection =
                ElasticConnection.open(ElasticSettings.of(address), Authority.WRITER)) {
            assertThat(retention.look(connection)).isEqualTo(new Verdict.Absent());
            says.set(new Said(200, stream("\"lifecycle\":{\"data_retention\":\"170d\"},")));
            retention.look(connection);
            assertThat(gauge(meters)).isEqualTo(10);
            says.set(new Said(200, stream("\"lifecycle\":{\"data_retention\":\"200d\"},")));
            retention.look(connection);
            assertThat(gauge(meters)).isZero();
            says.set(new Said(403, "{\"error\":\"security_exception\"}"));
            assertThat(retention.look(connection))
                    .isInstanceOfSatisfying(
                            Verdict.Unknown.class,
                            unknown -> assertThat(unknown.reason()).contains("403"));
            assertThat(gauge(meters)).isNaN();
        } finally {
            server.stop(0);
        }
    }

    private record Said(int status, String body) {}

    private static double gauge(SimpleMeterRegistry meters) {
        return meters.get("assay.audit.stream.short.days").gauge().value();
    }
}
