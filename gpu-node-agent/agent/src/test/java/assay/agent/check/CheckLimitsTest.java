package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CheckLimitsTest {
    @Test
    void hasTheseDefaults() {
        assertThat(CheckLimits.defaults())
                .isEqualTo(
                        new CheckLimits(
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(40),
                                2_000_000_000L,
                                16_777_216L,
                                262_144,
                                2,
                                16,
                                Duration.ofSeconds(60),
                                8_000,
                                200_000));
    }

    @Test
    void refusesABoundThatBoundsNothing() {
        CheckLimits d = CheckLimits.defaults();
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new CheckLimits(
                                Duration.ZERO,
                                d.wall(),
                                1L << 30,
                                1L << 20,
                                1 << 10,
                                1,
                                0,
                                d.wall(),
                                1,
                                1))
                .withMessage("cpu: 0 (expected: 1 or more)");
    }
}
