package assay.agent.head;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StepWatchTest {
    private static final long MILLI = 1_000_000;

    @Test
    void patienceIsTenTimesTheUsualAndNeverBelowTheFloor() {
        StepWatch watch = new StepWatch(Duration.ofSeconds(2), 0);
        watch.sent(1, 1, 0);
        assertThat(watch.patienceNanos(500 * MILLI)).isEqualTo(1_600 * MILLI);
        watch.returned(500 * MILLI); // usual is now 500 ms
        watch.sent(2, 1, 600 * MILLI);
        assertThat(watch.patienceNanos(600 * MILLI)).isEqualTo(5_000 * MILLI);
        assertThat(watch.patienceNanos(5_600 * MILLI)).isZero();
    }

    @Test
    void waitingBehindAnotherStepIsNotHeldAgainstOne() {
        StepWatch watch = new StepWatch(Duration.ofSeconds(1), 0);
        watch.sent(1, 1, 0);
        watch.sent(2, 1, 0);
        watch.returned(50 * MILLI);
        assertThat(watch.patienceNanos(50 * MILLI)).isEqualTo(1_100 * MILLI);
        assertThat(watch.isNext(2)).isTrue();
        assertThat(watch.isNext(1)).isFalse();
    }

    @Test
    void nothingUnderWayIsNeverLate() {
        StepWatch watch = new StepWatch(Duration.ofMillis(1), 0);
        watch.sent(1, 1, 0);
        watch.forget();
        assertThat(watch.patienceNanos(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aLongPromptMayTakeLongerThanATokenOnASlowMachine() {
        StepWatch watch = new StepWatch(Duration.ofSeconds(5), 0);
        watch.sent(1, 256, 0);
        assertThat(watch.patienceNanos(0)).isEqualTo(30_600 * MILLI);
    }
}
