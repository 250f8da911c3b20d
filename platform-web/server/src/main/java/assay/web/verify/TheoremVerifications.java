package assay.web.verify;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.limits.Admission;
import assay.web.limits.Admissions;
import assay.web.limits.Need;
import assay.web.verify.Verification.State;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs theorem verifications, each on a virtual thread of its own, and knows those that run here.
 * Thread-safe.
 *
 * <p>A verification holds one of a bounded number of slots until its thread is done, even when it
 * was cancelled before: what it has begun still takes its share of the checker.
 */
final class TheoremVerifications implements Verifications, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TheoremVerifications.class);
    private static final String SCENARIO = "theorem";
    private static final int MAX_RECENT = 100;

    private final Map<UUID, RunningVerification> running = new ConcurrentHashMap<>();
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("verification-", 0).factory());
    private final Semaphore slots;
    private final TheoremWorkflow workflow;
    private final VerificationStore store;
    private final VerificationAudit audit;
    private final GuestGate guests;
    private final Admissions admissions;
    private final VerificationLimits limits;
    private final InstantSource clock;
    private final RandomGenerator random;

    TheoremVerifications(
            TheoremWorkflow workflow,
            VerificationStore store,
            VerificationAudit audit,
            GuestGate guests,
            Admissions admissions,
            VerificationLimits limits,
            InstantSource clock,
            RandomGenerator random) {
        this.workflow = workflow;
        this.store = store;
        this.audit = audit;
        this.guests = guests;
        this.admissions = admissions;
        this.limits = limits;
        this.clock = clock;
        this.random = random;
        this.slots = new Semaphore(limits.maxRunning());
    }

    /**
     * Marks as failed what an earlier start of this gateway left behind, or one that is gone. To be
     * called before the first {@link #start}.
     *
     * @return how many
     */
    int recover() {
        return recover(store.gateway());
    }

    /**
     * The same of a gateway that is gone.
     *
     * @param gateway its name
     */
    int recover(String gateway) {
        List<StoredVerification> left = store.leftBy(gateway);
        for (StoredVerification stored : left) {
            var run = live(stored);
            run.fail(
                    new Failure(
                            ErrorCode.INTERNAL,
                            "the server stopped while this was running; please start it again",
                            null));
        }
        if (!left.isEmpty()) {
            LOG.warn("marked {} verifications as failed that {} left", left.size(), gateway);
        }
        return left.size();
    }

    @Override
    public UUID start(TheoremCommand command) {
        var at = clock.instant();
        try {
            return begin(checked(command));
        } catch (WebException e) {
            audit.refused(at, command.caller(), command.requestId(), e);
            throw e;
        }
    }

    /**
     * The command in the form that models and checkers are given.
     *
     * @throws WebException PERMISSION_DENIED, INVALID_REQUEST
     */
    static TheoremCommand checked(TheoremCommand command) {
        command.caller().require(Permission.VERIFICATION_RUN);
        if (!command.system().equals("coq")) {
            throw WebException.invalid(
                    "system",
                    command.system().equals("lean")
                            ? "lean is not installed in this release (expected: coq)"
                            : "unknown system (expected: coq)");
        }
        if (command.samples() < 1 || command.samples() > TheoremCommand.MAX_SAMPLES) {
            throw WebException.invalid(
                    "samples",
                    command.samples() + " (expected: 1.." + TheoremCommand.MAX_SAMPLES + ")");
        }
        return new TheoremCommand(
                command.caller(),
                command.requestId(),
                command.system(),
                Statements.normalise(command.statement()),
                Statements.preamble(command.preamble()),
                command.samples(),
                command.model(),
                command.batch());
    }

    private UUID begin(TheoremCommand command) {
        if (command.caller().kind() == Caller.Kind.GUEST) {
            guests.admit(command.caller(), "theorem");
        }
        if (!slots.tryAcquire()) {
            throw new WebException(
                    ErrorCode.QUEUE_FULL,
                    limits.maxRunning() + " verifications are running, which is all at a time",
                    Map.of(),
                    limits.retryAfter(),
                    null);
        }
        Admission admission = null;
        boolean begun = false;
        try {
            admissions.checkStorage(command.caller());
            admission = admissions.request(command.caller(), command.model());
            var run = live(first(command));
            store.insert(run.stored());
            running.put(run.id(), run);
            Admission held = admission;
            threads.execute(() -> carryThrough(run, command, held));
            begun = true;
            return run.id();
        } finally {
            if (!begun) {
                slots.release();
                if (admission != null) {
                    admission.close();
                }
            }
        }
    }

    private StoredVerification first(TheoremCommand command) {
        var verification =
                new Verification(
                        new UUID(
                                (random.nextLong() & ~0xF000L) | 0x4000L,
                                (random.nextLong() >>> 2) | 0x8000_0000_0000_0000L),
                        State.RUNNING,
                        SCENARIO,
                        command.system(),
                        command.statement(),
                        command.preamble(),
                        command.samples(),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        List.of(),
                        null,
                        null,
                        clock.instant().truncatedTo(ChronoUnit.MILLIS),
                        null);
        return new StoredVerification(command.caller(), command.requestId(), verification, null);
    }

    private RunningVerification live(StoredVerification stored) {
        var followers = new Followers(threads, limits.maxFollowers());
        return new RunningVerification(stored, store, audit, followers, clock);
    }

    /** The whole life of a verification, on its own thread. */
    private void carryThrough(
            RunningVerification run, TheoremCommand command, Admission admission) {
        try (admission) {
            Outcome outcome = workflow.run(run, command);
            admission.settle(new Need(1, 0, 0, 0, 0)); // its answers are counted one by one
            run.end(outcome);
        } catch (RuntimeException e) {
            LOG.error("verification {} broke", run.id(), e);
            endBroken(run);
        } finally {
            running.remove(run.id());
            slots.release();
        }
    }

    private static void endBroken(RunningVerification run) {
        var failure = new Failure(ErrorCode.INTERNAL, "an error of the server's", null);
        try {
            run.fail(failure);
        } catch (RuntimeException e) {
            LOG.error("the end of verification {} could not be written", run.id(), e);
            run.abandon(failure);
        }
    }

    @Override
    public Verification find(Caller caller, UUID id) {
        return visible(caller, id).verification();
    }

    /** With the failure, for the edge that must tell it as an error. */
    StoredVerification visible(Caller caller, UUID id) {
        var run = running.get(id);
        var stored = run == null ? store.find(caller.tenantId(), id) : Optional.of(run.stored());
        return stored.filter(found -> maySee(caller, found))
                .orElseThrow(
                        () -> new WebException(ErrorCode.NOT_FOUND, "no such verification: " + id));
    }

    private static boolean maySee(Caller caller, StoredVerification stored) {
        return stored.isOwnedBy(caller)
                || (stored.owner().tenantId().equals(caller.tenantId())
                        && caller.may(Permission.VERIFICATION_READ_ALL));
    }

    @Override
    public List<Verification> recent(Caller caller, int limit) {
        return store.recent(caller, Math.clamp(limit, 1, MAX_RECENT)).stream()
                .map(StoredVerification::verification)
                .toList();
    }

    @Override
    public Verification await(Caller caller, UUID id, Duration atMost) {
        Verification present = find(caller, id);
        var run = running.get(id);
        if (run != null) {
            run.awaitEnd(atMost);
            return run.verification();
        }
        // It ended between the two lines above, or long ago.
        return present.state() == State.RUNNING ? find(caller, id) : present;
    }

    @Override
    public AutoCloseable follow(Caller caller, UUID id, Consumer<Verification> listener) {
        Verification present = find(caller, id);
        var run = running.get(id);
        return run != null
                ? run.follow(listener)
                : new Followers(threads, 1)
                        .add(
                                listener,
                                present.state() == State.RUNNING ? find(caller, id) : present);
    }

    @Override
    public void cancel(Caller caller, UUID id) {
        var stored = visible(caller, id);
        if (!stored.isOwnedBy(caller)) {
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED, "only who began a verification may cancel it");
        }
        var run = running.get(id);
        if (run != null) {
            run.cancel();
        }
        audit.cancelled(caller, find(caller, id), stored.requestId());
    }

    @Override
    public String reportHtml(Caller caller, UUID id, String languageTag) {
        return new ReportPage(languageTag).render(finished(caller, id));
    }

    /**
     * One that is over, whatever came of it.
     *
     * @throws WebException NOT_FOUND; INVALID_REQUEST while it runs
     */
    StoredVerification finished(Caller caller, UUID id) {
        var stored = visible(caller, id);
        if (stored.verification().state() == State.RUNNING) {
            throw new WebException(
                    ErrorCode.INVALID_REQUEST,
                    "the verification is still running: its report comes with its end");
        }
        return stored;
    }

    /** How many run here now. */
    int runningCount() {
        return limits.maxRunning() - slots.availablePermits();
    }

    /** Fails what still runs and waits for nothing: the server is going down. */
    @Override
    public void close() {
        for (RunningVerification run : running.values()) {
            try {
                run.fail(
                        new Failure(
                                ErrorCode.INTERNAL,
                                "the server was stopped while this was running; please start it"
                                        + " again",
                                limits.retryAfter()));
            } catch (RuntimeException e) {
                LOG.warn("verification {} could not be ended at the stop", run.id(), e);
            }
        }
        threads.shutdown();
    }
}
