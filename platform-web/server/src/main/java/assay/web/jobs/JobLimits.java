package assay.web.jobs;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How much a job may hold, and how much this process does for jobs at once.
 *
 * @param maxItems of one job
 * @param itemBytes the longest item, as a line of JSON
 * @param bodyBytes the longest submission
 * @param generations items under way here at once that generate; replicas put them behind whoever
 *     waits
 * @param verifications items under way here at once that verify; fewer than the verifications that
 *     may run here at all, so that people find room
 * @param drain how long a stopping process lets items run to their end before it gives them back
 * @param settleWithin a scheduler that has not taken a result by then is taken for dead
 */
@ConfigurationProperties("assay.jobs")
public record JobLimits(
        @DefaultValue("1000000") int maxItems,
        @DefaultValue("1048576") int itemBytes,
        @DefaultValue("2147483648") long bodyBytes,
        @DefaultValue("16") int generations,
        @DefaultValue("3") int verifications,
        @DefaultValue("3s") Duration drain,
        @DefaultValue("15s") Duration settleWithin) {
    public JobLimits {
        within("max-items", maxItems, 1, 1_000_000);
        within("item-bytes", itemBytes, 1024, 1 << 20);
        within("body-bytes", bodyBytes, itemBytes, 1L << 40);
        within("generations", generations, 0, 1024);
        within("verifications", verifications, 0, 1024);
        within("drain", drain.toMillis(), 0, 600_000);
        within("settle-within", settleWithin.toMillis(), 1, 600_000);
    }

    private static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "assay.jobs."
                            + name
                            + ": "
                            + value
                            + " (expected: "
                            + least
                            + ".."
                            + most
                            + ")");
        }
    }
}
