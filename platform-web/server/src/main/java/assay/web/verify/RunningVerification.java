package assay.web.verify;

import assay.web.serving.ServedModel;
import assay.web.verify.Lifecycle.Event;
import assay.web.verify.Verification.Result;
import assay.web.verify.Verification.State;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one owner of a running verification's state. Each change is written to the database first and
 * shown after. Thread-safe: the workflow adds steps while anybody may end it; the first end wins
 * and what the workflow still brings is dropped.
 */
final class RunningVerification {
    private final ReentrantLock lock = new ReentrantLock();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final VerificationStore store;
    private final VerificationAudit audit;
    private final Followers followers;
    private final InstantSource clock;
    private volatile StoredVerification current;
    private @Nullable Runnable stop; // guarded by lock

    RunningVerification(
            StoredVerification first,
            VerificationStore store,
            VerificationAudit audit,
            Followers followers,
            InstantSource clock) {
        this.current = first;
        this.store = store;
        this.audit = audit;
        this.followers = followers;
        this.clock = clock;
    }

    StoredVerification stored() {
        return current;
    }

    Verification verification() {
        return current.verification();
    }

    UUID id() {
        return verification().id();
    }

    boolean isOver() {
        return verification().state() != State.RUNNING;
    }

    /** In milliseconds: what is shown live is what the database gives back. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Writes a step and shows it; does nothing once the verification is over. */
    void addStep(Step step) {
        lock.lock();
        try {
            if (isOver()) {
                return;
            }
            Verification next = verification().with(step);
            store.addStep(current.owner().tenantId(), id(), next.steps().size() - 1, step);
            show(current.with(next, null));
        } finally {
            lock.unlock();
        }
    }

    /** The model that answers, as the first stream names it. */
    void answeredBy(ServedModel model) {
        lock.lock();
        try {
            if (!isOver()) {
                show(current.with(verification().answeredBy(model), null));
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Has the task run when the verification is ended from outside; at once if it is over already.
     * A later task takes the place of an earlier one.
     */
    void onStop(@Nullable Runnable task) {
        boolean late;
        lock.lock();
        try {
            stop = task;
            late = isOver();
        } finally {
            lock.unlock();
        }
        if (late && task != null) {
            task.run();
        }
    }

    /** Ends it as the workflow says. */
    void end(Outcome outcome) {
        switch (outcome) {
            case Outcome.Proved o -> decide(Result.proved(o.proof(), o.source()));
            case Outcome.Refuted o -> decide(Result.refuted(o.counterexample(), o.source()));
            case Outcome.Undecided o -> decide(Result.undecided(o.cause(), o.reason()));
            case Outcome.Failed o -> fail(o.failure());
            case Outcome.Stopped _ -> {
                // Whoever stopped it has ended it.
            }
        }
    }

    private void decide(Result result) {
        Verdict verdict = Objects.requireNonNull(result.verdict());
        end(
                Event.DECIDE,
                null,
                (state, at) ->
                        verification()
                                .with(new Step.Decided(at, verdict, result.reason()))
                                .ended(state, result, at));
    }

    /** Ends it without a verdict, through nobody's wish. */
    void fail(Failure failure) {
        end(Event.FAIL, failure, (state, at) -> verification().ended(state, result(failure), at));
    }

    /** Ends it because its owner says so; what was found stays. */
    void cancel() {
        end(
                Event.CANCEL,
                null,
                (state, at) ->
                        verification()
                                .ended(
                                        state,
                                        Result.none(
                                                new NoVerdict.Cancelled(),
                                                "cancelled by its owner"),
                                        at));
    }

    private static Result result(Failure failure) {
        return Result.none(new NoVerdict.Failed(failure.code()), failure.detail());
    }

    /** Makes it over in memory alone, when the database no longer takes the end. */
    void abandon(Failure failure) {
        lock.lock();
        try {
            if (!isOver()) {
                var over = verification().ended(State.FAILED, result(failure), now());
                show(current.with(over, failure));
            }
        } finally {
            lock.unlock();
        }
        signalEnd();
    }

    /** Calls the listener with the present state and each later one. */
    AutoCloseable follow(Consumer<Verification> listener) {
        lock.lock();
        try {
            return followers.add(listener, verification());
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the end. Whether it came in time. */
    boolean awaitEnd(Duration atMost) {
        try {
            return ended.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** How the last state is made. */
    private interface Ending {
        Verification make(State state, Instant at);
    }

    private void end(Event event, @Nullable Failure failure, Ending ending) {
        lock.lock();
        try {
            var before = verification();
            var state = Lifecycle.next(before.state(), event);
            if (state.isEmpty()) {
                return;
            }
            var next = current.with(ending.make(state.get(), now()), failure);
            var steps = next.verification().steps();
            Step last = steps.size() > before.steps().size() ? steps.getLast() : null;
            store.finish(next, last, jdbc -> audit.ended(jdbc, next));
            show(next);
        } finally {
            lock.unlock();
        }
        signalEnd();
    }

    private void signalEnd() {
        ended.countDown();
        Runnable task;
        lock.lock();
        try {
            task = stop;
            stop = null;
        } finally {
            lock.unlock();
        }
        if (task != null) {
            task.run();
        }
    }

    private void show(StoredVerification next) {
        current = next;
        followers.publish(next.verification());
    }
}
