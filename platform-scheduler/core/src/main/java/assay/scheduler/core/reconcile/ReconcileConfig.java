package assay.scheduler.core.reconcile;

import java.time.Duration;

/**
 * The patience of the scheduler. Immutable.
 *
 * @param suspectAfter silence of a node until it gets nothing new
 * @param lostAfter silence of a node until its session is closed and its stages are gone
 * @param placeKept how long a broken replica keeps its place for a node that went away
 * @param resendAfter silence of a stage that is loading until it is told again
 * @param probeTimeout how long a token may take through all stages
 * @param probeAttempts probes without an answer until the replica is taken for broken
 * @param probeIdle age of the last token of a serving replica at which it is probed again
 * @param firstRetry wait after the first failure; doubled with each further one
 * @param longestRetry the most that is waited
 * @param moveAfterFailures failures in a row after which another place is tried
 */
public record ReconcileConfig(
        Duration suspectAfter,
        Duration lostAfter,
        Duration placeKept,
        Duration resendAfter,
        Duration probeTimeout,
        int probeAttempts,
        Duration probeIdle,
        Duration firstRetry,
        Duration longestRetry,
        int moveAfterFailures) {
    public static final ReconcileConfig DEFAULTS =
            new ReconcileConfig(
                    Duration.ofSeconds(3),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(20),
                    3,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(60),
                    3);

    public ReconcileConfig {
        if (suspectAfter.compareTo(lostAfter) >= 0) {
            throw new IllegalArgumentException(
                    "suspect after: " + suspectAfter + " (expected: below " + lostAfter + ")");
        }
        if (placeKept.isNegative() || probeAttempts < 1 || moveAfterFailures < 1) {
            throw new IllegalArgumentException(
                    "place kept %s, probe attempts %d, move after %d failures"
                                    .formatted(placeKept, probeAttempts, moveAfterFailures)
                            + " (expected: 0 or more, 1 or more, 1 or more)");
        }
    }

    /** The same with another time for which places are kept. */
    public ReconcileConfig keepingPlaces(Duration kept) {
        return new ReconcileConfig(
                suspectAfter,
                lostAfter,
                kept,
                resendAfter,
                probeTimeout,
                probeAttempts,
                probeIdle,
                firstRetry,
                longestRetry,
                moveAfterFailures);
    }

    Duration retryAfter(int failures) {
        Duration wait = firstRetry.multipliedBy(1L << Math.min(20, Math.max(0, failures - 1)));
        return wait.compareTo(longestRetry) > 0 ? longestRetry : wait;
    }
}
