package assay.agent.head;

import assay.agent.config.AgentConfig.HeadLimits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Steps that are under way, and whether the oldest takes too long: longer than ten times the usual,
 * and than a floor that a cold or busy machine needs, which grows with the step's tokens. A step's
 * time counts from when it was sent or the step before it came back, whichever is later, so that
 * waiting in line is not held against it. Confined to the head loop.
 */
final class StepWatch {
    private static final double NEWEST_SHARE = 0.1;
    private static final int USUAL_TIMES = 10;

    private final long floorNanos;
    private final Deque<Long> sentNanos = new ArrayDeque<>();
    private final Deque<Long> stepIds = new ArrayDeque<>();
    private final Deque<Integer> tokens = new ArrayDeque<>();
    private long lastReturnNanos;
    private double usualNanos;

    StepWatch(Duration floor, long now) {
        this.floorNanos = floor.toNanos();
        this.lastReturnNanos = now;
    }

    void sent(long stepId, int tokenCount, long now) {
        stepIds.add(stepId);
        tokens.add(tokenCount);
        sentNanos.add(now);
    }

    /** Whether this is the step that must come back next: steps keep their order. */
    boolean isNext(long stepId) {
        return !stepIds.isEmpty() && stepIds.element() == stepId;
    }

    void returned(long now) {
        stepIds.remove();
        tokens.remove();
        long took = now - Math.max(sentNanos.remove(), lastReturnNanos);
        usualNanos = usualNanos == 0 ? took : usualNanos + NEWEST_SHARE * (took - usualNanos);
        lastReturnNanos = now;
    }

    void forget() {
        stepIds.clear();
        tokens.clear();
        sentNanos.clear();
    }

    int inFlight() {
        return stepIds.size();
    }

    /** Nanoseconds until the oldest step counts as hung; none above 0 means that it does. */
    long patienceNanos(long now) {
        if (sentNanos.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long since = Math.max(sentNanos.element(), lastReturnNanos);
        long floor = floorNanos + HeadLimits.STEP_TOKEN.toNanos() * tokens.element();
        long limit = Math.max(floor, (long) (USUAL_TIMES * usualNanos));
        return since + limit - now;
    }
}
