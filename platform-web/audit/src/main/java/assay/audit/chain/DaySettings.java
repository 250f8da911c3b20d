package assay.audit.chain;

import java.time.Duration;

/**
 * How days come and go.
 *
 * @param grace after a day's end before it is sealed; what comes later gets a further seal
 * @param ahead days whose partitions are made before they begin
 * @param retentionDays whole days after a day's end that its records are kept, 180 or more; a
 *     tenant's policy may say more
 * @param copyMarginDays further days that the copy is kept
 * @param poll how often it is looked
 */
public record DaySettings(
        Duration grace, int ahead, int retentionDays, int copyMarginDays, Duration poll) {
    public static final int LEAST_RETENTION_DAYS = 180;

    public DaySettings {
        if (grace.isNegative() || !poll.isPositive()) {
            throw new IllegalArgumentException(
                    "grace, poll: %s, %s (expected: from zero, above zero)".formatted(grace, poll));
        }
        if (ahead < 1 || copyMarginDays < 0) {
            throw new IllegalArgumentException(
                    "days ahead, days of margin: %d, %d (expected: from 1, from 0)"
                            .formatted(ahead, copyMarginDays));
        }
        if (retentionDays < LEAST_RETENTION_DAYS) {
            throw new IllegalArgumentException(
                    "retention of audit records: %d days (expected: %d or more)"
                            .formatted(retentionDays, LEAST_RETENTION_DAYS));
        }
    }

    public static DaySettings defaults() {
        return new DaySettings(
                Duration.ofMinutes(15), 3, LEAST_RETENTION_DAYS, 7, Duration.ofMinutes(1));
    }
}
