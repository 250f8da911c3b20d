package assay.web.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.WebSettingsTest;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FailureLimitsTest {
    private final FailureLimits limits =
            new FailureLimits(
                    WebSettingsTest.of(Map.of("assay.web.limits.failures-per-minute", "2")));

    @Test
    void slowsAnAddressDownAfterSoManyFailures() {
        limits.failed("10.0.0.1");
        limits.check("10.0.0.1");
        limits.failed("10.0.0.1");
        var refused = catchThrowableOfType(WebException.class, () -> limits.check("10.0.0.1"));
        assertThat(refused.code()).isEqualTo(ErrorCode.RATE_LIMITED);
        assertThat(refused.retryAfter()).isPresent();
    }

    @Test
    void leavesOtherAddressesAlone() {
        limits.failed("10.0.0.1");
        limits.failed("10.0.0.1");
        assertThatCode(() -> limits.check("10.0.0.2")).doesNotThrowAnyException();
    }
}
