package assay.web.audit;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How records are kept on this machine's disk until they are in the database. Its folder and how
 * much of it may be used are settings of an outage's: {@code assay.web.outage.spool-dir}, {@code
 * spool-bytes}.
 *
 * @param segmentBytes the files' size; each is written full of zeros before a call relies on it.
 *     Smaller where {@code spool-bytes} would not hold four
 * @param forceEvery what a loss of power may cost; zero: nothing, each call waits for the disk. A
 *     killed process costs nothing either way
 */
@ConfigurationProperties("assay.web.audit.journal")
public record JournalSettings(
        @DefaultValue("16777216") int segmentBytes, @DefaultValue("10ms") Duration forceEvery) {
    static final int LEAST_SEGMENT = 16_384;
    private static final int MOST_SEGMENT = 1 << 30;

    public JournalSettings {
        if (segmentBytes < LEAST_SEGMENT || segmentBytes > MOST_SEGMENT) {
            throw new IllegalArgumentException(
                    "assay.web.audit.journal.segment-bytes: "
                            + segmentBytes
                            + " (expected: "
                            + LEAST_SEGMENT
                            + ".."
                            + MOST_SEGMENT
                            + ")");
        }
        if (forceEvery.isNegative() || forceEvery.toSeconds() > 60) {
            throw new IllegalArgumentException(
                    "assay.web.audit.journal.force-every: " + forceEvery + " (expected: 0s..60s)");
        }
    }
}
