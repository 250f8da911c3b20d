package assay.agent.session;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Waits between attempts: doubling from the least to the most, each somewhere between half and all
 * of it, so that a hundred agents do not come back in the same instant. Confined to its owner's
 * thread.
 */
public final class Backoff {
    /** For sessions and links: 0.2 s to 5 s. */
    public static final Duration LEAST = Duration.ofMillis(200);

    /** The longest wait. */
    public static final Duration MOST = Duration.ofSeconds(5);

    private final RandomGenerator random;
    private int failures;

    /** Begins with the least wait. */
    public Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** How long to wait after one more failure. */
    public Duration next() {
        long most = Math.min(MOST.toMillis(), LEAST.toMillis() << Math.min(failures, 10));
        failures++;
        return Duration.ofMillis(
                Math.max(LEAST.toMillis(), most / 2 + random.nextLong(most / 2 + 1)));
    }

    /** The last attempt worked. */
    public void reset() {
        failures = 0;
    }
}
