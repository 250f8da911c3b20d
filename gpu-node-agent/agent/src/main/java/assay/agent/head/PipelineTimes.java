package assay.agent.head;

import assay.agent.link.StepTimings;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many micro-batches keep every stage busy: as many as fit, one after the other on the slowest
 * stage, into the time that one takes through all stages and hops when it never waits. That is p *
 * (1 + hop / stage) for p equal stages. Fewer leave stages idle, more only make the micro-batches
 * smaller. Hops are what is left of a round trip after the times that stages tell; no clocks are
 * compared. Confined to the head loop.
 */
final class PipelineTimes {
    private static final double NEWEST_SHARE = 0.05;
    private static final int LEARNED_STEPS = 32;

    private final int usual;
    private final int least;
    private final int most;
    private final Deque<Sent> sent = new ArrayDeque<>();
    private double throughNanos;
    private double slowestNanos;
    private long steps;

    private record Sent(long stepId, long startNanos, long computeNanos) {}

    /** Bounds, and what holds until times are known. */
    PipelineTimes(int usual, int least, int most) {
        this.usual = usual;
        this.least = least;
        this.most = most;
    }

    /**
     * The head has run its layers on a step.
     *
     * @param startNanos when it began
     */
    void sent(long stepId, long startNanos, long computeNanos) {
        sent.add(new Sent(stepId, startNanos, computeNanos));
    }

    /**
     * A step came back.
     *
     * @param atNanos when it arrived
     * @param others of the stages behind
     * @return nanoseconds on the slowest stage; 0 for a step that was not sent
     */
    long returned(long stepId, long atNanos, StepTimings others) {
        Sent step = sent.poll();
        if (step == null || step.stepId() != stepId) {
            sent.clear();
            return 0;
        }
        StepTimings all = others.and(step.computeNanos(), 0);
        double through =
                Math.max(all.computeNanos(), atNanos - step.startNanos() - all.waitingNanos());
        double share = steps++ == 0 ? 1 : NEWEST_SHARE;
        throughNanos += share * (through - throughNanos);
        slowestNanos += share * (all.slowestNanos() - slowestNanos);
        return all.slowestNanos();
    }

    void forget() {
        sent.clear();
    }

    /** Micro-batches that may be in the pipeline. */
    int limit() {
        if (steps < LEARNED_STEPS || slowestNanos <= 0) {
            return usual;
        }
        return Math.clamp((long) Math.ceil(throughNanos / slowestNanos), least, most);
    }
}
