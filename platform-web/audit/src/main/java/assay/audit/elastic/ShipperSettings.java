package assay.audit.elastic;

import java.time.Duration;

/**
 * The shipper's limits. Immutable.
 *
 * @param leastBatch records in a request, at least, where there are so many
 * @param mostBatch and at most
 * @param batchBytes of documents in a request; a larger document goes alone
 * @param poll how often the queue is looked at when nobody wakes the shipper
 * @param firstWait before something is tried again; doubled each time
 * @param longestWait the end of that
 * @param catchUpShare which part of the time a backlog may keep the database and Elasticsearch busy
 */
public record ShipperSettings(
        int leastBatch,
        int mostBatch,
        int batchBytes,
        Duration poll,
        Duration firstWait,
        Duration longestWait,
        double catchUpShare) {
    public static final ShipperSettings DEFAULTS =
            new ShipperSettings(
                    32,
                    2_000,
                    4 * 1024 * 1024,
                    Duration.ofSeconds(1),
                    Duration.ofMillis(200),
                    Duration.ofSeconds(10),
                    0.5);

    public ShipperSettings {
        if (leastBatch < 1 || mostBatch < leastBatch || mostBatch > 10_000) {
            throw new IllegalArgumentException(
                    "batch: "
                            + leastBatch
                            + ".."
                            + mostBatch
                            + " (expected: 1 or more, ascending, up to 10000)");
        }
        if (batchBytes < 1024) {
            throw new IllegalArgumentException(
                    "batch bytes: " + batchBytes + " (expected: 1024 or more)");
        }
        if (poll.isNegative() || poll.isZero() || firstWait.compareTo(longestWait) > 0) {
            throw new IllegalArgumentException(
                    "poll %s, waits %s..%s (expected: above 0, ascending)"
                            .formatted(poll, firstWait, longestWait));
        }
        if (!(catchUpShare > 0 && catchUpShare <= 1)) {
            throw new IllegalArgumentException(
                    "catch-up share: " + catchUpShare + " (expected: above 0, up to 1)");
        }
    }
}
