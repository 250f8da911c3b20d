package assay.audit.chain;

import java.time.Duration;

/**
 * How records are given their places.
 *
 * @param ship whether sealed records are put into audit_unshipped, for Elasticsearch
 * @param batch records in one transaction, 1 to 10,000
 * @param poll how long to wait when there was nothing to do
 */
public record SealerSettings(boolean ship, int batch, Duration poll) {
    private static final int MOST = 10_000;

    public SealerSettings {
        if (batch < 1 || batch > MOST) {
            throw new IllegalArgumentException(
                    "batch of the sealer: %d (expected: 1..%d)".formatted(batch, MOST));
        }
        if (!poll.isPositive()) {
            throw new IllegalArgumentException(
                    "poll of the sealer: " + poll + " (expected: above zero)");
        }
    }

    public static SealerSettings defaults(boolean ship) {
        return new SealerSettings(ship, 1_000, Duration.ofMillis(200));
    }
}
