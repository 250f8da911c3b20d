package assay.scheduler.core.queue;

import java.time.Duration;

/**
 * The patience of the queue. Immutable.
 *
 * @param leaseTime how long a worker may be silent about an item
 * @param firstRetry wait after the first failure; doubled with each further one
 * @param longestRetry the most that is waited
 * @param mostTurns items given out in one round
 */
public record QueueConfig(
        Duration leaseTime, Duration firstRetry, Duration longestRetry, int mostTurns) {
    public static final QueueConfig DEFAULTS =
            new QueueConfig(
                    Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofMinutes(5), 256);

    public QueueConfig {
        if (!leaseTime.isPositive()
                || !firstRetry.isPositive()
                || longestRetry.compareTo(firstRetry) < 0
                || mostTurns < 1) {
            throw new IllegalArgumentException(
                    "lease time %s, first retry %s, longest retry %s, most turns %d"
                                    .formatted(leaseTime, firstRetry, longestRetry, mostTurns)
                            + " (expected: above 0, above 0, not less than the first, above 0)");
        }
    }

    /**
     * The wait before the next try.
     *
     * @param failures 1 or more
     * @param chance 0..1; spreads waits over the upper half, so that what failed together does not
     *     come back together
     */
    Duration retryAfter(int failures, double chance) {
        Duration wait = firstRetry.multipliedBy(1L << Math.min(20, failures - 1));
        Duration most = wait.compareTo(longestRetry) > 0 ? longestRetry : wait;
        return Duration.ofNanos((long) (most.toNanos() * (0.5 + chance / 2)));
    }
}
