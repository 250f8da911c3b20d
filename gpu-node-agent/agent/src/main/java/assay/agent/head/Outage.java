package assay.agent.head;

import assay.agent.config.AgentConfig.HeadLimits;
import org.jspecify.annotations.Nullable;

/**
 * The time in which no step passes through all stages: from the loss of one until the next step
 * comes back. Requests wait meanwhile, but not for ever; and what breaks the chain each time it
 * stands is given up. Confined to the head loop.
 */
final class Outage {
    /** So often the chain may stand and break again without one step in between. */
    static final int FRUITLESS_MOST = 3;

    private final HeadLimits limits;
    private boolean underWay = true;
    private boolean loss; // and not the start, when nothing had stood yet
    private long sinceNanos;
    private int fruitless;

    Outage(HeadLimits limits, long now) {
        this.limits = limits;
        this.sinceNanos = now;
    }

    /** A chain that stood is lost. */
    void lost(long now) {
        if (!underWay || !loss) {
            underWay = true;
            loss = true;
            sinceNanos = now;
        }
        fruitless++;
    }

    /** The chain has stood and broken again without one step in between. */
    boolean fruitless() {
        return fruitless > 1;
    }

    /** Whether there is no use in trying again with the same requests. */
    boolean hopeless() {
        return fruitless >= FRUITLESS_MOST;
    }

    /** The requests are others from now on. */
    void forgive() {
        fruitless = 0;
    }

    /**
     * A step came back.
     *
     * @return nanoseconds since the loss it ends; null when it ends none
     */
    @Nullable Long over(long now) {
        fruitless = 0;
        boolean ended = underWay && loss;
        underWay = false;
        return ended ? now - sinceNanos : null;
    }

    long lastedNanos(long now) {
        return underWay ? now - sinceNanos : 0;
    }

    /** Until a request's patience is over; for ever while steps come back. */
    long patienceNanos(Generation request, long now) {
        if (!underWay) {
            return Long.MAX_VALUE;
        }
        long arrived = now - request.ageNanos(now);
        return arrived - sinceNanos <= 0
                ? sinceNanos + limits.streamWait().toNanos() - now
                : arrived + limits.newWait().toNanos() - now;
    }
}
