package assay.web.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.web.WebException;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LogQueryTest {
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    private static JsonNode filters(Map<String, String> parameters) {
        LogQuery query = LogQuery.parse(parameters, NOW);
        return JsonMapper.shared()
                .readTree(LogSearch.body(query, null, 10))
                .at("/query/bool/filter");
    }

    @Test
    void nothingSaidIsTheLastHour() {
        LogQuery query = LogQuery.parse(Map.of(), NOW);
        assertThat(query.to()).isEqualTo(NOW);
        assertThat(query.from()).isEqualTo("2026-11-23T11:00:00Z");
    }

    @Test
    void aLevelIsThisOneAndWorse() {
        assertThat(filters(Map.of("level", "warn")).toString())
                .contains("WARN", "ERROR", "error", "FATAL")
                .doesNotContain("INFO");
    }

    @Test
    void whatIsAskedIsAFilterEach() {
        assertThat(filters(Map.of("node", "agent-1", "device", "GPU-1", "code", "X")).toString())
                .contains(
                        "{\"term\":{\"service.node.name\":\"agent-1\"}}",
                        "{\"term\":{\"assay.device.id\":\"GPU-1\"}}",
                        "{\"term\":{\"event.code\":\"X\"}}");
    }

    @Test
    void signsOfPatternsAreTakenAsTheyStand() {
        assertThat(filters(Map.of("text", "a*b?")).toString()).contains("*a\\\\*b\\\\?*");
    }

    @ParameterizedTest
    @CsvSource({
        "level, LOUD",
        "from, yesterday",
        "range, 1y",
        "from, 2027-01-01T00:00:00Z",
        "node, 'a\u0001b'",
    })
    void whatIsWrongIsNamed(String name, String value) {
        assertThatThrownBy(() -> LogQuery.parse(Map.of(name, value), NOW))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> assertThat(e.getMessage()).startsWith(name + ": "));
    }

    @Test
    void aCursorReadsBackWhatItSays() {
        var cursor = new LogPage.Cursor(1_790_000_000_000L, Long.MIN_VALUE);
        assertThat(LogPage.Cursor.parse(cursor.toString())).isEqualTo(cursor);
        assertThatThrownBy(() -> LogPage.Cursor.parse("x")).isInstanceOf(RuntimeException.class);
    }

    @Test
    void aLinesFieldsStandUnderTheirWholeNames() {
        LogLine line =
                LogLine.of(
                        "i",
                        JsonMapper.shared()
                                .readTree(
                                        "{\"@timestamp\":\"2026-11-23T11:00:00Z\",\"log\":{\"level\":\"WARN\"},\"a.b\":1,\"tags\":[\"x\"]}"));
        assertThat(line.field("log.level")).isEqualTo("WARN");
        assertThat(line.field("a.b")).isEqualTo("1");
        assertThat(line.field("tags")).isEqualTo("[\"x\"]");
        assertThat(line.field("none")).isEmpty();
    }
}
