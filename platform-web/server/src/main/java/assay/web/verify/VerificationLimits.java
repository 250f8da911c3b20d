package assay.web.verify;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How much verification may go on at once, and how long.
 *
 * @param maxRunning verifications at a time on this server; one more is refused with QUEUE_FULL
 * @param retryAfter what a refused caller is told to wait
 * @param maxDuration after so long no further candidate is begun and no busy checker asked again
 * @param maxFollowers listeners of one verification
 * @param checkerRetries further tries when every checker is busy
 * @param checkerPause between them
 * @param maxWait how long a synchronous call waits before it is answered as an asynchronous one
 * @param gatewayLease after so long without a word a gateway is taken for gone, and what it ran for
 *     failed
 */
@ConfigurationProperties("assay.verifications")
public record VerificationLimits(
        @DefaultValue("8") int maxRunning,
        @DefaultValue("5s") Duration retryAfter,
        @DefaultValue("10m") Duration maxDuration,
        @DefaultValue("32") int maxFollowers,
        @DefaultValue("60") int checkerRetries,
        @DefaultValue("500ms") Duration checkerPause,
        @DefaultValue("11m") Duration maxWait,
        @DefaultValue("30s") Duration gatewayLease) {
    public VerificationLimits {
        atLeastOne("maxRunning", maxRunning);
        atLeastOne("maxFollowers", maxFollowers);
        if (checkerRetries < 0) {
            throw new IllegalArgumentException(
                    "checkerRetries: " + checkerRetries + " (expected: 0 or more)");
        }
        positive("retryAfter", retryAfter);
        positive("maxDuration", maxDuration);
        positive("checkerPause", checkerPause);
        positive("maxWait", maxWait);
        positive("gatewayLease", gatewayLease);
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 1 or more)");
        }
    }

    private static void positive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: above 0)");
        }
    }
}
