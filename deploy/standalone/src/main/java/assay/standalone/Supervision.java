package assay.standalone;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The programs that are restarted when they end. Confined to the main thread; only the timer of due
 * restarts has a thread of its own, and that just adds to the event queue.
 *
 * <p>The first restart waits {@link #FIRST_WAIT} or what the program asks for, each further one
 * twice as long up to {@link #LONGEST_WAIT}; a program that lived for {@link #HEALTHY} begins anew.
 */
final class Supervision implements AutoCloseable {
    static final Duration FIRST_WAIT = Duration.ofSeconds(2);
    static final Duration LONGEST_WAIT = Duration.ofSeconds(60);
    static final Duration HEALTHY = Duration.ofSeconds(60);

    /** How a program is started; asked again at each restart. */
    interface Starter {
        ChildProcess start() throws IOException, InterruptedException;
    }

    private static final class Entry {
        private final Starter starter;
        private final Duration firstWait;
        private ChildProcess child;
        private Instant started;
        private Duration nextWait;

        Entry(Starter starter, Duration firstWait, ChildProcess child, Instant started) {
            this.starter = starter;
            this.firstWait = firstWait;
            this.child = child;
            this.started = started;
            nextWait = firstWait;
        }
    }

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final BlockingQueue<Event> events;
    private final InstantSource clock;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("restart-timer").daemon().factory());

    Supervision(BlockingQueue<Event> events, InstantSource clock) {
        this.events = events;
        this.clock = clock;
    }

    /** Starts a program for the first time. */
    ChildProcess start(String name, Starter starter) throws IOException, InterruptedException {
        return start(name, FIRST_WAIT, starter);
    }

    /**
     * The same.
     *
     * @param firstWait before the first restart
     */
    ChildProcess start(String name, Duration firstWait, Starter starter)
            throws IOException, InterruptedException {
        ChildProcess child = starter.start();
        entries.put(name, new Entry(starter, firstWait, child, clock.instant()));
        return child;
    }

    /** Takes over a program that runs already. */
    void adopt(String name, ChildProcess child, Starter starter) {
        entries.put(name, new Entry(starter, FIRST_WAIT, child, clock.instant()));
    }

    /** The newest process of each program, in the order of their starts. */
    Map<String, ChildProcess> children() {
        Map<String, ChildProcess> children = new LinkedHashMap<>();
        entries.forEach((name, entry) -> children.put(name, entry.child));
        return children;
    }

    /**
     * Plans the restart of a program that ended.
     *
     * @return how long it waits; empty if that process was replaced already
     */
    Optional<Duration> ended(ChildProcess child) {
        Entry entry = entries.get(child.name());
        if (entry == null || entry.child != child) {
            return Optional.empty();
        }
        if (Duration.between(entry.started, clock.instant()).compareTo(HEALTHY) >= 0) {
            entry.nextWait = entry.firstWait;
        }
        return Optional.of(plan(child.name(), entry));
    }

    /** Plans another restart of a program that could not be started. */
    void tryLater(String name) {
        Entry entry = entries.get(name);
        if (entry != null) {
            plan(name, entry);
        }
    }

    private Duration plan(String name, Entry entry) {
        Duration wait = entry.nextWait;
        entry.nextWait = shorter(wait.multipliedBy(2), LONGEST_WAIT);
        var _ =
                timer.schedule(
                        () -> events.add(new Event.RestartDue(name)),
                        wait.toMillis(),
                        TimeUnit.MILLISECONDS);
        return wait;
    }

    /** Starts a program again. */
    ChildProcess restart(String name) throws IOException, InterruptedException {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new IllegalStateException(name + " was never started");
        }
        entry.child = entry.starter.start();
        entry.started = clock.instant();
        return entry.child;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
