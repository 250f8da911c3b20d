package assay.scheduler.server.control;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.LastResort;
import assay.scheduler.server.SchedulerException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread with a bounded mailbox: what it runs needs no locks. A letter that throws ends the
 * process, since the state can not be trusted after that; who posts a letter checks its contents
 * first. Thread-safe.
 */
public final class ControlLoop {
    /** How often time is told. */
    static final Duration TICK = Duration.ofMillis(200);

    private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final BlockingQueue<Runnable> mailbox;
    private final LastResort lastResort;
    private final Thread thread;
    private final Runnable tick;
    private volatile boolean stopped;

    /**
     * Does not run yet.
     *
     * @param tick runs on the loop after each {@link #TICK}
     */
    public ControlLoop(int capacity, Runnable tick, LastResort lastResort) {
        mailbox = new ArrayBlockingQueue<>(capacity);
        this.tick = tick;
        this.lastResort = lastResort;
        thread = Thread.ofPlatform().name("control-loop").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Letters that wait. */
    public int depth() {
        return mailbox.size();
    }

    /**
     * Hands over a letter, waiting a little while the mailbox is full.
     *
     * @throws SchedulerException SCHEDULER_BUSY when it stays full, SCHEDULER_STOPPING at the end
     */
    public void post(Runnable letter) {
        if (stopped) {
            throw new SchedulerException(ErrorCode.SCHEDULER_STOPPING, "the scheduler is stopping");
        }
        try {
            if (!mailbox.offer(letter, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new SchedulerException(
                        ErrorCode.SCHEDULER_BUSY,
                        "mailbox: " + depth() + " letters (expected: less)");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchedulerException(
                    ErrorCode.SCHEDULER_STOPPING, "interrupted while posting a letter", e);
        }
    }

    /** Runs a question on the loop and gives its answer. */
    public <T> CompletableFuture<T> ask(Supplier<T> question) {
        var answer = new CompletableFuture<T>();
        post(() -> answer.complete(question.get()));
        return answer;
    }

    /** No letter runs after this. */
    public void stop() {
        stopped = true;
        thread.interrupt();
        try {
            thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        long nextTick = System.nanoTime();
        try {
            while (!stopped) {
                Runnable letter = mailbox.poll(nextTick - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (letter != null) {
                    letter.run();
                }
                if (System.nanoTime() - nextTick >= 0) {
                    tick.run();
                    nextTick = System.nanoTime() + TICK.toNanos();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the control loop was told to stop");
        } catch (RuntimeException | Error e) {
            if (!stopped) {
                lastResort.end("the control loop failed: " + e.getMessage(), e);
            }
        }
    }
}
