package assay.web.limits;

import java.time.Duration;

/**
 * How a limit stands, as this gateway knows it.
 *
 * @param remaining of its amount
 * @param resets when all that is used now is forgotten
 */
public record LimitState(Quota quota, long remaining, Duration resets) {
    /** What is left, as a share of 0..1. */
    public double share() {
        return quota.amount() == 0 ? 0 : (double) remaining / (double) quota.amount();
    }
}
