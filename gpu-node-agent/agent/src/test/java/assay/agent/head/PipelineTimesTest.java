package assay.agent.head;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.link.StepTimings;
import org.junit.jupiter.api.Test;

class PipelineTimesTest {
    private static final long MICRO = 1_000;

    /** Three stages of that time, and three hops. */
    private static int limit(long stageMicros, long hopMicros, long waitedMicros) {
        PipelineTimes times = new PipelineTimes(4, 3, 8);
        for (long step = 1; step <= 400; step++) {
            long start = step * 1_000_000;
            times.sent(step, start, stageMicros * MICRO);
            long through = 3 * (stageMicros + hopMicros) + waitedMicros;
            StepTimings others =
                    StepTimings.NONE
                            .and(stageMicros * MICRO, waitedMicros * MICRO)
                            .and(stageMicros * MICRO, 0);
            assertThat(times.returned(step, start + through * MICRO, others))
                    .isEqualTo(stageMicros * MICRO);
        }
        return times.limit();
    }

    @Test
    void slowHopsTakeMoreMicroBatchesToHide() {
        assertThat(limit(1_000, 0, 0)).isEqualTo(3);
        assertThat(limit(1_000, 300, 0)).isEqualTo(4);
        assertThat(limit(1_000, 1_000, 0)).isEqualTo(6);
        assertThat(limit(1_000, 9_000, 0)).as("bounded").isEqualTo(8);
    }

    @Test
    void waitingForABusyStageIsNoReasonForMore() {
        assertThat(limit(1_000, 300, 5_000)).isEqualTo(4);
    }

    @Test
    void beforeTimesAreKnownTheUsualHolds() {
        assertThat(new PipelineTimes(4, 3, 8).limit()).isEqualTo(4);
    }
}
