package assay.web.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GrowingDelayTest {
    private static final Duration RESET = Duration.ofSeconds(60);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000); // it wraps
    private final GrowingDelay delay = new GrowingDelay(RESET, 2, nanos::get);

    private void pass(long seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

    private long early(String key) {
        return delay.tooEarly(key).orElse(Duration.ZERO).toSeconds();
    }

    @Test
    void whoWaitsAsLongAsHeWasToldIsLetTry() {
        assertThat(early("a")).isZero();
        assertThat(delay.refused("a", Duration.ofSeconds(5))).hasSeconds(5);
        pass(5);
        assertThat(early("a")).isZero();
    }

    @Test
    void eachTryThatComesTooEarlyDoublesTheWait() {
        delay.refused("a", Duration.ofSeconds(5));
        assertThat(early("a")).isEqualTo(10);
        pass(1);
        assertThat(early("a")).isEqualTo(20);
        pass(19);
        assertThat(early("a")).as("40, but for the reset").isEqualTo(40);
        pass(10);
        assertThat(early("a")).isEqualTo(30);
        pass(30);
        assertThat(early("a")).as("a reset after the refusal").isZero();
    }

    @Test
    void afterTheResetItBeginsAnew() {
        delay.refused("a", Duration.ofSeconds(5));
        early("a");
        pass(60);
        assertThat(early("a")).isZero();
        delay.refused("a", Duration.ofSeconds(5));
        assertThat(early("a")).isEqualTo(10);
    }

    @Test
    void keysAreApartAndTheOneUnseenForLongestIsForgotten() {
        delay.refused("a", Duration.ofSeconds(5));
        delay.refused("b", Duration.ofSeconds(5));
        assertThat(early("a")).isEqualTo(10);
        delay.refused("c", Duration.ofSeconds(5));
        assertThat(early("b")).isZero();
        assertThat(early("a")).isPositive();
    }
}
