package assay.web.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class VerificationLimitsTest {
    @Test
    void theDefaultsAreTheseUnlessToldOtherwise() {
        assertThat(bind(Map.of()))
                .isEqualTo(
                        new VerificationLimits(
                                8,
                                Duration.ofSeconds(5),
                                Duration.ofMinutes(10),
                                32,
                                60,
                                Duration.ofMillis(500),
                                Duration.ofMinutes(11),
                                Duration.ofSeconds(30)));
        assertThat(bind(Map.of("assay.verifications.max-running", "3")).maxRunning()).isEqualTo(3);
    }

    @Test
    void refusesBoundsThatBoundNothing() {
        assertThatThrownBy(() -> bind(Map.of("assay.verifications.max-running", "0")))
                .hasRootCauseMessage("maxRunning: 0 (expected: 1 or more)");
        assertThatThrownBy(() -> bind(Map.of("assay.verifications.max-wait", "0s")))
                .hasRootCauseMessage("maxWait: PT0S (expected: above 0)");
    }

    private static VerificationLimits bind(Map<String, String> properties) {
        return new Binder(new MapConfigurationPropertySource(properties))
                .bindOrCreate("assay.verifications", VerificationLimits.class);
    }
}
