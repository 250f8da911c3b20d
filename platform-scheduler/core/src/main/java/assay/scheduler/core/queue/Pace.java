package assay.scheduler.core.queue;

import java.time.Duration;
import java.time.Instant;

/**
 * How many items of a job end in a second, lately: each counts half as much after {@link
 * #HALF_LIFE}. Confined to its queue.
 */
final class Pace {
    private static final Duration HALF_LIFE = Duration.ofSeconds(30);
    private static final double DECAY = Math.log(2) / seconds(HALF_LIFE);

    private double count;
    private Instant begun;
    private Instant at;

    Pace(Instant now) {
        begun = now;
        at = now;
    }

    void ended(Instant now) {
        if (count < 1e-3) {
            begun = at = now; // after a long pause it is measured anew
            count = 0;
        }
        count = count * faded(now) + 1;
        at = now;
    }

    /** 0 when nothing can be told. */
    double perSecond(Instant now) {
        double age = seconds(Duration.between(begun, now));
        return age < 0.5 ? 0 : count * faded(now) * DECAY / -Math.expm1(-DECAY * age);
    }

    private double faded(Instant now) {
        return Math.exp(-DECAY * Math.max(0, seconds(Duration.between(at, now))));
    }

    private static double seconds(Duration span) {
        return span.toNanos() / 1e9;
    }
}
