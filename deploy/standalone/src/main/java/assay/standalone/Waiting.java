package assay.standalone;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Waits during the start, where the death of any process ends the start. Confined to the main
 * thread.
 */
final class Waiting {
    private static final long POLL_MILLIS = 100;
    private static final Duration REMINDER = Duration.ofSeconds(15);

    /** Asked again and again, so it must be cheap. */
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    private final BlockingQueue<Event> events;
    private final Progress progress;
    private final InstantSource clock;
    private final Set<String> dispensable;
    private final List<Event> deferred = new ArrayList<>();

    /**
     * @param dispensable names of the programs whose death does not end the start
     */
    Waiting(
            BlockingQueue<Event> events,
            Progress progress,
            InstantSource clock,
            Set<String> dispensable) {
        this.events = events;
        this.dispensable = Set.copyOf(dispensable);
        this.progress = progress;
        this.clock = clock;
    }

    /**
     * Returns once the condition holds.
     *
     * @param what for the message: {@code "the scheduler to listen"}
     * @param child whose log tells more when the time is over
     * @throws StandaloneException with {@code PROGRAM_ENDED}, {@code TIMED_OUT} or {@code STOPPED}
     */
    void until(String what, ChildProcess child, Duration patience, Condition condition)
            throws IOException, InterruptedException {
        Instant start = clock.instant();
        Instant reminder = start.plus(REMINDER);
        while (!condition.holds()) {
            check(events.poll(POLL_MILLIS, TimeUnit.MILLISECONDS));
            Instant now = clock.instant();
            if (Duration.between(start, now).compareTo(patience) > 0) {
                throw new StandaloneException(
                        ErrorCode.TIMED_OUT,
                        "waited "
                                + patience.toSeconds()
                                + " s for "
                                + what
                                + " (log: "
                                + child.log()
                                + ")");
            }
            if (now.isAfter(reminder)) {
                progress.line("  still waiting for " + what);
                reminder = now.plus(REMINDER);
            }
        }
    }

    /** Looks at what happened meanwhile, without waiting. */
    void check() {
        for (Event event = events.poll(); event != null; event = events.poll()) {
            check(event);
        }
    }

    /** Deaths of dispensable programs, to be judged once everything else is up. */
    List<Event> deferred() {
        return List.copyOf(deferred);
    }

    private void check(@org.jspecify.annotations.Nullable Event event) {
        switch (event) {
            case null -> {}
            case Event.Ended ended when dispensable.contains(ended.child().name()) ->
                    deferred.add(ended);
            case Event.Ended ended ->
                    throw new StandaloneException(
                            ErrorCode.PROGRAM_ENDED,
                            ended.child().name()
                                    + " ended while starting ("
                                    + ChildProcess.describe(ended.exitStatus())
                                    + "): "
                                    + ended.child().lastWords()
                                    + " (log: "
                                    + ended.child().log()
                                    + ")");
            case Event.StopAsked _ ->
                    throw new StandaloneException(ErrorCode.STOPPED, "stopped while starting");
            case Event.RestartDue _ -> {}
        }
    }
}
