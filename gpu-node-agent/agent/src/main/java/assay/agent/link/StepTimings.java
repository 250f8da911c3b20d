package assay.agent.link;

import assay.stage.v1.StepTimes;

/**
 * How long a step took in the stages it has passed. Durations only, so that clocks need not agree.
 * Immutable.
 *
 * @param computeNanos in the layers, summed over the stages
 * @param waitingNanos received, and waiting for the stage's thread
 * @param slowestNanos in the layers of the slowest stage
 * @param lastNanos in the layers of the stage passed last; does not travel
 */
public record StepTimings(long computeNanos, long waitingNanos, long slowestNanos, long lastNanos) {
    /** Before the first stage. */
    public static final StepTimings NONE = new StepTimings(0, 0, 0, 0);

    /** With another stage passed. */
    public StepTimings and(long computed, long waited) {
        return new StepTimings(
                computeNanos + computed,
                waitingNanos + waited,
                Math.max(slowestNanos, computed),
                computed);
    }

    /** The stage that was passed last has computed more. */
    public StepTimings longer(long more) {
        long last = lastNanos + more;
        return new StepTimings(
                computeNanos + more, waitingNanos, Math.max(slowestNanos, last), last);
    }

    static StepTimings of(StepTimes times) {
        return new StepTimings(
                times.getComputeNanos(), times.getWaitingNanos(), times.getSlowestNanos(), 0);
    }

    StepTimes wire() {
        return StepTimes.newBuilder()
                .setComputeNanos(computeNanos)
                .setWaitingNanos(waitingNanos)
                .setSlowestNanos(slowestNanos)
                .build();
    }
}
