package assay.web.identity.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SlowdownTest {
    private static final Duration DAY = Duration.ofDays(1);

    @Test
    void doublesTheWaitUpToItsBound() {
        Slowdown rule = SignInThrottle.ACCOUNT;
        assertThat(rule.wait(1)).isZero();
        assertThat(rule.wait(rule.free())).isZero();
        assertThat(rule.wait(rule.free() + 1)).isEqualTo(rule.first());
        assertThat(rule.wait(rule.free() + 2)).isEqualTo(rule.first().multipliedBy(2));
        for (int failures = 1; failures < 5_000; failures++) {
            assertThat(rule.wait(failures + 1)).isGreaterThanOrEqualTo(rule.wait(failures));
            assertThat(rule.wait(failures)).isLessThanOrEqualTo(rule.most());
        }
    }

    @Test
    void holdsTheBoundsThatAreWritten() {
        assertThat(SignInThrottle.ACCOUNT.bound(DAY)).isEqualTo(109);
        assertThat(SignInThrottle.ofNetwork(20).bound(DAY)).isEqualTo(316);
    }

    /** Whoever pauses as he likes gets no further than who tries as soon as he may. */
    @Test
    void nobodyGuessesMoreInADayThanTheBoundSays() {
        var random = new Random(42);
        for (int run = 0; run < 200; run++) {
            Slowdown rule = SignInThrottle.ACCOUNT;
            long now = 0;
            int guesses = 0;
            while (now <= DAY.toMillis()) {
                guesses++;
                now += rule.wait(guesses).toMillis() + random.nextInt(1 + random.nextInt(600_000));
            }
            assertThat(guesses).isLessThanOrEqualTo(rule.bound(DAY));
        }
    }
}
