package assay.scheduler.core.queue;

import assay.scheduler.core.queue.FairShares.Account;
import java.time.Instant;

/** A job in the queue. Confined to it. */
final class QueuedJob {
    /** A try is charged at most so many times what the job's tries took on average. */
    private static final double MOST_OF_MEAN = 16;

    private static final double NEWEST = 1.0 / 16;

    private final JobSpec spec;
    private final Account account;
    private final Pace pace;
    private JobState state;
    private long waiting;
    private long delayed;
    private long running;
    private long done;
    private long dead;
    private long tokens;
    private double meanSeconds;
    private Instant nextTry = Instant.MAX;

    QueuedJob(JobSpec spec, Account account, JobStanding standing, Instant now) {
        this.spec = spec;
        this.account = account;
        pace = new Pace(now);
        state = standing.state();
        tokens = standing.tokens();
        ItemCounts counts = standing.counts();
        waiting = counts.waiting();
        delayed = counts.delayed();
        running = counts.running();
        done = counts.done();
        dead = counts.dead();
    }

    JobSpec spec() {
        return spec;
    }

    Account account() {
        return account;
    }

    JobState state() {
        return state;
    }

    Pace pace() {
        return pace;
    }

    ItemCounts counts() {
        return new ItemCounts(waiting, delayed, running, done, dead);
    }

    JobStanding standing() {
        return new JobStanding(spec.id(), spec.tenant(), state, counts(), tokens);
    }

    /** When the first delayed item is due; {@link Instant#MAX} when none is delayed. */
    Instant nextTry() {
        return nextTry;
    }

    boolean hasTurns() {
        return state == JobState.ACTIVE && waiting > 0;
    }

    /**
     * Moves the job on.
     *
     * @return whether the table allows it
     */
    boolean happen(JobEvent event) {
        var next = JobTable.next(state, event);
        next.ifPresent(it -> state = it);
        return next.isPresent();
    }

    void begin() {
        waiting--;
        running++;
    }

    /** An item under way is somewhere else now. */
    void end(ItemState to, Instant notBefore) {
        running--;
        switch (to) {
            case WAITING -> waiting++;
            case DELAYED -> {
                delayed++;
                delayedUntil(notBefore);
            }
            case DONE -> done++;
            case DEAD -> dead++;
            case RUNNING -> throw new IllegalStateException("an item ended as it was");
        }
    }

    void delayedUntil(Instant notBefore) {
        nextTry = nextTry.isBefore(notBefore) ? nextTry : notBefore;
    }

    void due(long items, Instant next) {
        delayed -= items;
        waiting += items;
        nextTry = next;
    }

    void revive(long items) {
        dead -= items;
        waiting += items;
    }

    /** What is under way when the job is called off. */
    void drop() {
        waiting += running;
        running = 0;
    }

    /** What a try is expected to cost. */
    double expectedSeconds(double meanOfAll) {
        return meanSeconds > 0 ? meanSeconds : meanOfAll;
    }

    void used(long more) {
        tokens += more;
    }

    double mostSeconds() {
        return meanSeconds > 0 ? MOST_OF_MEAN * meanSeconds : Double.MAX_VALUE;
    }

    void took(double seconds) {
        meanSeconds = meanSeconds > 0 ? meanSeconds + NEWEST * (seconds - meanSeconds) : seconds;
    }
}
