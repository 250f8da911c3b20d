package assay.scheduler.core.reconcile;

import java.time.Duration;

/**
 * The number of replicas by rule. Immutable.
 *
 * @param min 0 to rest without any replica when nobody asks
 * @param max at least 1 and at least {@code min}
 * @param queueWait one more replica when a request waits longer; zero when waits are not looked at
 * @param kvUse one more replica when the caches are fuller than this on average, 0..1; 0 when they
 *     are not looked at
 * @param cooldown between two steps, and how long figures must be low before one step down
 * @param idle without any request until it rests; counts for a minimum of 0 only
 */
public record Scaling(
        int min, int max, Duration queueWait, double kvUse, Duration cooldown, Duration idle) {
    public static final Duration COOLDOWN = Duration.ofSeconds(60);
    public static final Duration IDLE = Duration.ofMinutes(10);

    public Scaling {
        if (min < 0 || max < 1 || max < min) {
            throw new IllegalArgumentException(
                    "scaling: %d..%d replicas (expected: 0 <= min <= max, max 1 or more)"
                            .formatted(min, max));
        }
        if (queueWait.isNegative() || !(kvUse >= 0 && kvUse <= 1)) {
            throw new IllegalArgumentException(
                    "scaling: queue wait %s, kv use %s (expected: 0 or more, 0..1)"
                            .formatted(queueWait, kvUse));
        }
        if (!cooldown.isPositive() || !idle.isPositive()) {
            throw new IllegalArgumentException(
                    "scaling: cooldown %s, idle %s (expected: above 0)".formatted(cooldown, idle));
        }
    }
}
