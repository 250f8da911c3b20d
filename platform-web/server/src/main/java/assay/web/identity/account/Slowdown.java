package assay.web.identity.account;

import java.time.Duration;

/**
 * How long one must wait after failures in a row: nothing for the first few, then each time twice
 * as long, up to a bound. Immutable.
 *
 * @param free failures without a wait
 * @param first wait after one more
 * @param most wait, however many there were
 * @param forgotten after so long without a failure there were none
 */
record Slowdown(int free, Duration first, Duration most, Duration forgotten) {
    Slowdown {
        if (free < 1 || !first.isPositive() || most.compareTo(first) < 0) {
            throw new IllegalArgumentException(
                    "slowdown: " + free + ", " + first + ".." + most + " (expected: growing)");
        }
        if (forgotten.compareTo(most) <= 0) {
            throw new IllegalArgumentException(
                    "forgotten: " + forgotten + " (expected: above " + most + ")");
        }
    }

    /** The wait that the newest of so many failures brings. */
    Duration wait(int failures) {
        int doublings = failures - free - 1;
        if (doublings < 0) {
            return Duration.ZERO;
        }
        // Beyond 30 doublings of a millisecond it is days: the bound is long reached.
        Duration wait = doublings > 30 ? most : first.multipliedBy(1L << doublings);
        return wait.compareTo(most) < 0 ? wait : most;
    }

    /**
     * The most guesses that fit in a time, for who begins with none behind him and never pauses
     * long enough to be forgotten: the bound that the slowdown promises.
     */
    int bound(Duration window) {
        int guesses = 0;
        Duration passed = Duration.ZERO;
        while (passed.compareTo(window) <= 0) {
            guesses++;
            passed = passed.plus(wait(guesses));
            if (guesses > 1_000_000) {
                throw new IllegalStateException("window: " + window + " (expected: a few days)");
            }
        }
        return guesses;
    }
}
