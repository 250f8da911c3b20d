package assay.web.verify;

import static org.assertj.core.api.Assertions.assertThat;

import assay.web.verify.Lifecycle.Event;
import assay.web.verify.Verification.State;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LifecycleTest {
    @Test
    void onlyARunningVerificationChangesAndEachEventEndsIt() {
        Map<String, State> visited = new LinkedHashMap<>();
        for (State state : State.values()) {
            for (Event event : Event.values()) {
                Lifecycle.next(state, event)
                        .ifPresent(next -> visited.put(state + " " + event, next));
            }
        }
        assertThat(visited)
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "RUNNING DECIDE", State.FINISHED,
                                "RUNNING FAIL", State.FAILED,
                                "RUNNING CANCEL", State.CANCELLED));
    }
}
