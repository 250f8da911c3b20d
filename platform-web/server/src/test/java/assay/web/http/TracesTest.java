package assay.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TracesTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private final Traces traces = new Traces();

    @Test
    void takesTheClientsTraceAndKnowsItLater() {
        assertThat(traces.accept("r", "00-" + TRACE + "-00f067aa0ba902b7-01")).isEqualTo(TRACE);
        assertThat(traces.of("r")).isEqualTo(TRACE);
        assertThat(traces.response("r")).matches("00-" + TRACE + "-[0-9a-f]{16}-00");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"
            })
    void makesOneOfTheRequestsIdOtherwise(String sent) {
        String made = traces.accept("a-request", sent);
        assertThat(made).matches("[0-9a-f]{32}").isNotEqualTo(TRACE);
        assertThat(traces.of("a-request")).isEqualTo(made);
        assertThat(traces.of("another")).isNotEqualTo(made);
    }
}
