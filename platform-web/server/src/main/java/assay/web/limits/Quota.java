package assay.web.limits;

import java.util.UUID;

/**
 * A limit as it was set. Immutable.
 *
 * @param softPercent of the amount, from which on people are told
 * @param version changes with each change
 */
public record Quota(
        UUID id,
        UUID tenantId,
        Subject subject,
        LimitKind kind,
        long amount,
        int softPercent,
        long version) {
    /** The largest amount: fits in a double, and in sums. */
    public static final long MOST = 1_000_000_000_000_000L;

    public Quota {
        if (amount < 0 || amount > MOST) {
            throw new IllegalArgumentException(
                    "amount: " + amount + " (expected: 0.." + MOST + ")");
        }
        if (softPercent < 1 || softPercent > 100) {
            throw new IllegalArgumentException(
                    "soft_percent: " + softPercent + " (expected: 1..100)");
        }
    }
}
