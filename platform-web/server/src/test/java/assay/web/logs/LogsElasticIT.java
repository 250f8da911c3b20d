package assay.web.logs;

import static org.assertj.core.api.Assertions.assertThat;

import assay.audit.elastic.ElasticSettings;
import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.ElasticStore;
import assay.elasticsearch.RunningElasticsearch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way of a line, through a real Elasticsearch. */
class LogsElasticIT {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final String OLD_DAY = "/logs-assay-2026.11.10";

    @TempDir private Path folder;
    private final ElasticStore store =
            new ElasticStore(ElasticSettings.of(RunningElasticsearch.shared().uri()));
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @BeforeEach
    @AfterEach
    void noLines() throws IOException {
        for (String day : List.of("/logs-assay-2026.11.22", "/logs-assay-2026.11.23", OLD_DAY)) {
            store.connection(Authority.DELETER).call("DELETE", day, null);
        }
    }

    private void ship(String... lines) throws IOException {
        Files.write(folder.resolve("agent-1" + LogFollower.ENDING), List.of(lines));
        var shipper =
                new LogShipper(
                        folder, new LogIndices(store, 0), 7, InstantSource.fixed(NOW), meters);
        while (shipper.runOnce()) {
            // until nothing is left
        }
        store.connection(Authority.DELETER).call("POST", "/logs-assay-*/_refresh", null);
    }

    private static String line(String time, String level, String message, String more) {
        return ("{\"@timestamp\":\"%s\",\"log\":{\"level\":\"%s\"},\"message\":\"%s\","
                        + "\"service\":{\"name\":\"assay-agent\",\"node\":{\"name\":\"agent-1\"}}%s}")
                .formatted(time, level, message, more);
    }

    private LogPage page(Map<String, String> parameters, LogPage.@Nullable Cursor after, int limit)
            throws IOException {
        return new LogSearch(store.connection(Authority.READER))
                .page(LogQuery.parse(parameters, NOW), after, limit);
    }

    private List<String> found(Map<String, String> parameters) throws IOException {
        return new LogSearch(store.connection(Authority.READER))
                .page(LogQuery.parse(parameters, NOW), null, 50).lines().stream()
                        .map(LogLine::message)
                        .toList();
    }

    @Test
    void noIndexIsNoLinesAndNoFault() throws IOException {
        assertThat(found(Map.of())).isEmpty();
    }

    @Test
    void linesAreFoundByWhatTheySay() throws IOException {
        ship(
                line("2026-11-23T11:58:00Z", "INFO", "replica r1: all stages are linked", ""),
                line(
                        "2026-11-23T11:59:00Z",
                        "WARN",
                        "KV: 8589934592 bytes (free: 1)",
                        ",\"event\":{\"code\":\"DEVICE_OUT_OF_MEMORY\"},"
                                + "\"error\":{\"code\":\"CUDA_ERROR_OUT_OF_MEMORY\"},"
                                + "\"assay\":{\"device\":{\"id\":\"GPU-1\"},\"stage\":{\"index\":\"2\"}},"
                                + "\"http\":{\"request\":{\"id\":\"r-7\"}},\"anything\":{\"else\":1}"),
                "OpenJDK 64-Bit Server VM warning: something");
        assertThat(found(Map.of("from", "2026-11-23T11:00:00Z", "to", "2026-11-23T12:00:01Z")))
                .containsExactly(
                        "OpenJDK 64-Bit Server VM warning: something",
                        "KV: 8589934592 bytes (free: 1)",
                        "replica r1: all stages are linked");
        String fault = "KV: 8589934592 bytes (free: 1)";
        assertThat(found(Map.of("level", "warn"))).containsExactly(fault);
        assertThat(found(Map.of("device", "GPU-1"))).containsExactly(fault);
        assertThat(found(Map.of("code", "DEVICE_OUT_OF_MEMORY"))).containsExactly(fault);
        assertThat(found(Map.of("request", "r-7"))).containsExactly(fault);
        assertThat(found(Map.of("text", "cuda_error_out"))).containsExactly(fault);
        assertThat(found(Map.of("text", "stages are li")))
                .containsExactly("replica r1: all stages are linked");
        assertThat(found(Map.of("node", "agent-2"))).isEmpty();
        assertThat(meters.counter("assay.logs.lost", "reason", "refused").count()).isZero();
    }

    @Test
    void pagesGoOnWithinAMillisecondAndMissNothing() throws IOException {
        var lines = new ArrayList<String>();
        for (int i = 0; i < 25; i++) {
            lines.add(line("2026-11-23T11:59:00.001Z", "INFO", "line " + i, ""));
        }
        ship(lines.toArray(String[]::new));
        var messages = new ArrayList<String>();
        LogPage page = page(Map.of(), null, 10);
        page.lines().forEach(each -> messages.add(each.message()));
        while (page.next() != null) {
            page = page(Map.of(), page.next(), 10);
            page.lines().forEach(each -> messages.add(each.message()));
        }
        assertThat(messages).hasSize(25).doesNotHaveDuplicates();
        assertThat(messages).startsWith("line 24").endsWith("line 0");
    }

    @Test
    void aWrongTypeIsRefusedAndCountedAndOldDaysGo() throws IOException {
        store.connection(Authority.DELETER).call("PUT", OLD_DAY, "{}");
        ship(
                line("2026-11-23T11:58:00Z", "INFO", "good", ""),
                line("2026-11-23T11:59:00Z", "INFO", "bad", ",\"error\":\"no object\""));
        assertThat(found(Map.of())).containsExactly("good");
        assertThat(meters.counter("assay.logs.lost", "reason", "refused").count()).isOne();
        assertThat(
                        store.connection(Authority.DELETER)
                                .call("GET", OLD_DAY + "/_settings", null)
                                .isMissingNode())
                .isTrue();
    }
}
