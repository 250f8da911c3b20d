package assay.audit.chain;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does a piece of the audit's work again and again, in a thread of its own: at once when the last
 * round says that there is more, else after a while or when woken. What fails is logged, counted
 * and tried again, at growing distances up to half a minute. Thread-safe.
 */
public final class AuditLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditLoop.class);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    private final Round round;
    private final Duration poll;
    private final Counter failures;
    private final Semaphore wakes = new Semaphore(0);
    private final Thread thread;
    private volatile boolean closed;

    /** One round of the work. */
    @FunctionalInterface
    public interface Round {
        /** Whether there is more to do at once. */
        boolean run() throws Exception;
    }

    /**
     * Starts the thread.
     *
     * @param name of the thread, and label "part" of assay_audit_failures_total
     */
    public AuditLoop(String name, Round round, Duration poll, MeterRegistry meters) {
        this.round = round;
        this.poll = poll;
        this.failures =
                Counter.builder("assay_audit_failures")
                        .description("Rounds of the audit pipeline that failed")
                        .tag("part", name)
                        .register(meters);
        this.thread = Thread.ofPlatform().name(name).daemon().start(this::loop);
    }

    /** The loop of a sealer, until closed. */
    public static AuditLoop of(Sealer sealer, SealerSettings settings, MeterRegistry meters) {
        return new AuditLoop(
                "audit-sealer",
                () -> sealer.sealBatch() >= settings.batch(),
                settings.poll(),
                meters);
    }

    /** The loop of the jobs of days, until closed. */
    public static AuditLoop of(DayJobs jobs, DaySettings settings, MeterRegistry meters) {
        return new AuditLoop(
                "audit-days",
                () -> {
                    jobs.runOnce();
                    return false;
                },
                settings.poll(),
                meters);
    }

    /** Ends the wait, if it waits. */
    public void wake() {
        if (wakes.availablePermits() == 0) {
            wakes.release();
        }
    }

    private void loop() {
        Duration pause = poll;
        while (!closed) {
            try {
                boolean more = round.run();
                pause = poll;
                if (more) {
                    continue;
                }
            } catch (InterruptedException e) {
                return;
            } catch (Exception e) {
                if (closed) {
                    return;
                }
                failures.increment();
                LOG.warn("{} failed and tries again in {}", thread.getName(), pause, e);
            }
            try {
                if (wakes.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    wakes.drainPermits();
                }
            } catch (InterruptedException e) {
                return;
            }
            pause = longer(pause);
        }
    }

    /** Grows while rounds fail; one that does not sets it back. */
    private Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_WAIT) < 0 ? twice : longest();
    }

    private Duration longest() {
        return poll.compareTo(LONGEST_WAIT) > 0 ? poll : LONGEST_WAIT;
    }

    /** Ends the thread after the round that it is in; waits a few seconds for that. */
    @Override
    public void close() {
        closed = true;
        wake();
        try {
            if (!thread.join(Duration.ofSeconds(10))) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
