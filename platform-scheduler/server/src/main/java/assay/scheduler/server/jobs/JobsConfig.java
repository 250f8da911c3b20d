package assay.scheduler.server.jobs;

import assay.scheduler.core.queue.QueueConfig;
import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What can be set of batch jobs, under {@code assay.scheduler.jobs}. Immutable.
 *
 * @param leaseTime how long a gateway may be silent about an item
 * @param firstRetry wait after the first failure of an item; doubled with each further one
 * @param longestRetry the most that is waited
 * @param maxAttempts failures until an item is a dead letter, when its job does not say
 * @param mostItems of one job
 * @param retention how long a job that is over is kept
 * @param mailboxCapacity letters that may wait for the loop
 */
public record JobsConfig(
        @DefaultValue("30s") Duration leaseTime,
        @DefaultValue("1s") Duration firstRetry,
        @DefaultValue("5m") Duration longestRetry,
        @DefaultValue("5") int maxAttempts,
        @DefaultValue("1000000") int mostItems,
        @DefaultValue("30d") Duration retention,
        @DefaultValue("10000") int mailboxCapacity) {
    public JobsConfig {
        if (maxAttempts < 1 || mostItems < 1 || mailboxCapacity < 1 || retention.isNegative()) {
            throw new IllegalArgumentException(
                    "max attempts %d, most items %d, mailbox capacity %d, retention %s"
                                    .formatted(maxAttempts, mostItems, mailboxCapacity, retention)
                            + " (expected: 1 or more, not negative)");
        }
    }

    QueueConfig queue() {
        return new QueueConfig(
                leaseTime, firstRetry, longestRetry, QueueConfig.DEFAULTS.mostTurns());
    }
}
