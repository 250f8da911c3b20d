package assay.scheduler.server.jobs;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.LastResort;
import assay.scheduler.server.SchedulerException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * One thread with a bounded mailbox that runs {@link JobControl} in rounds: all letters that came
 * meanwhile are decided and stored in one transaction, and answered after it. Where a round can not
 * be stored, its letters fail, streams are ended, and the control begins anew from what is stored;
 * what can not be explained ends the process. Thread-safe.
 */
final class JobLoop {
    private static final Logger LOG = LoggerFactory.getLogger(JobLoop.class);
    private static final Duration TICK = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final int LARGEST_ROUND = 512;
    private static final long ANSWER_SECONDS = 30;

    private final BlockingQueue<Letter<?>> mailbox;
    private final JobControl control;
    private final InstantSource clock;
    private final LastResort lastResort;
    private final Thread thread;
    private volatile boolean stopped;

    /** Does not run yet. */
    JobLoop(int capacity, JobControl control, InstantSource clock, LastResort lastResort) {
        mailbox = new ArrayBlockingQueue<>(capacity);
        this.control = control;
        this.clock = clock;
        this.lastResort = lastResort;
        thread = Thread.ofPlatform().name("job-loop").unstarted(this::run);
    }

    /** Something to be decided, and who is told what came of it. */
    private static final class Letter<T> {
        private final BiFunction<JobControl, Instant, T> question;
        private final CompletableFuture<T> answer = new CompletableFuture<>();
        private boolean refused;
        private T value;

        @SuppressWarnings("NullAway.Init") // the value is there once it was decided
        Letter(BiFunction<JobControl, Instant, T> question) {
            this.question = question;
        }

        void decide(JobControl control, Instant now) {
            try {
                value = question.apply(control, now);
            } catch (SchedulerException e) {
                if (e.code().kind() == ErrorCode.Kind.INTERNAL) {
                    throw e;
                }
                refused = true; // before anything was changed: the round goes on
                answer.completeExceptionally(e);
            }
        }

        void stored() {
            if (!refused) {
                answer.complete(value);
            }
        }
    }

    void start() {
        thread.start();
    }

    /** Letters that wait. */
    int depth() {
        return mailbox.size();
    }

    /**
     * Hands something over to be decided in the next round. It refuses, if it does, with a {@link
     * SchedulerException} before it changes anything.
     *
     * @return its value, once all of the round is stored
     * @throws SchedulerException SCHEDULER_BUSY when the mailbox stays full, SCHEDULER_STOPPING
     */
    <T> CompletableFuture<T> post(BiFunction<JobControl, Instant, T> question) {
        if (stopped) {
            throw new SchedulerException(ErrorCode.SCHEDULER_STOPPING, "the scheduler is stopping");
        }
        var letter = new Letter<T>(question);
        try {
            if (!mailbox.offer(letter, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new SchedulerException(
                        ErrorCode.SCHEDULER_BUSY,
                        "mailbox of jobs: " + depth() + " letters (expected: less)");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchedulerException(
                    ErrorCode.SCHEDULER_STOPPING, "interrupted while posting a letter", e);
        }
        return letter.answer;
    }

    /** The same, waiting for the value. */
    <T> T ask(BiFunction<JobControl, Instant, T> question) {
        try {
            return post(question).get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SchedulerException(ErrorCode.SCHEDULER_STOPPING, "interrupted", e);
        } catch (TimeoutException e) {
            throw new SchedulerException(ErrorCode.SCHEDULER_BUSY, "no answer in time", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SchedulerException known) {
                throw known;
            }
            throw new IllegalStateException("the job loop failed", e);
        }
    }

    /** No letter is decided after this. */
    void stop() {
        stopped = true;
        thread.interrupt();
        try {
            thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            rebuild(JobControl::begin);
            while (!stopped) {
                round(letters());
            }
        } catch (InterruptedException e) {
            LOG.debug("the job loop was told to stop");
        } catch (RuntimeException | Error e) {
            if (!stopped) {
                lastResort.end("the job loop failed: " + e.getMessage(), e);
            }
        }
    }

    private List<Letter<?>> letters() throws InterruptedException {
        var letters = new ArrayList<Letter<?>>();
        Letter<?> first =
                control.hasMore()
                        ? mailbox.poll()
                        : mailbox.poll(TICK.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
            letters.add(first);
            mailbox.drainTo(letters, LARGEST_ROUND - 1);
        }
        return letters;
    }

    private void round(List<Letter<?>> letters) throws InterruptedException {
        Instant now = clock.instant();
        if (letters.isEmpty() && !control.hasNews(now)) {
            return;
        }
        try {
            control.store(() -> {
                letters.forEach(letter -> letter.decide(control, now));
                control.finishRound(now);
                return true;
            });
        } catch (DataAccessResourceFailureException
                | TransientDataAccessException
                | TransactionException e) {
            LOG.warn("a round of batch jobs was not stored: {}", e.getMessage());
            var failure =
                    new SchedulerException(
                            ErrorCode.SCHEDULER_BUSY, "the database is away; try again", e);
            letters.forEach(letter -> letter.answer.completeExceptionally(failure));
            rebuild(JobControl::beginAgain);
            return;
        }
        control.tell();
        letters.forEach(Letter::stored);
    }

    private void rebuild(BiConsumer<JobControl, Instant> beginning) throws InterruptedException {
        boolean told = false;
        while (!stopped) {
            try {
                beginning.accept(control, clock.instant());
                return;
            } catch (DataAccessResourceFailureException
                    | TransientDataAccessException
                    | TransactionException e) {
                if (!told) {
                    LOG.warn("the queue of batch jobs waits for the database: {}", e.getMessage());
                    told = true;
                }
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            }
        }
    }
}
