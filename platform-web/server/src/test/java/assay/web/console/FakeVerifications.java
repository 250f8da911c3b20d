package assay.web.console;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.verify.NoVerdict;
import assay.web.verify.Step;
import assay.web.verify.TheoremCommand;
import assay.web.verify.Verdict;
import assay.web.verify.Verification;
import assay.web.verify.Verification.State;
import assay.web.verify.Verifications;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Verifications whose steps are played one by one, by {@link #advance}. What is played goes by
 * words in the statement. Thread-safe.
 */
final class FakeVerifications implements Verifications {

    private final Map<UUID, Play> plays = new LinkedHashMap<>();

    /** One verification under way. */
    private static final class Play {
        final List<Consumer<Verification>> followers = new CopyOnWriteArrayList<>();
        final List<Step> script;
        final String owner;
        Verification now;

        Play(String owner, Verification now, List<Step> script) {
            this.owner = owner;
            this.now = now;
            this.script = script;
        }
    }

    @Override
    public synchronized UUID start(TheoremCommand command) {
        if (command.statement().isBlank()) {
            throw WebException.invalid("statement", "must not be empty");
        }
        if (command.statement().contains("limit")) {
            throw WebException.limited(
                    "5 verifications a minute",
                    new WebException.Limit("guest", 5, Duration.ofMinutes(1)),
                    Duration.ofMillis(11_400));
        }
        var id = UUID.randomUUID();
        var play =
                new Play(
                        command.caller().id(),
                        verification(id, command),
                        FakeSteps.of(command.statement()));
        plays.put(id, play);
        return id;
    }

    /** Plays the next step of each that runs; gives whether any did. */
    boolean advance() {
        List<Play> running;
        synchronized (this) {
            running =
                    plays.values().stream()
                            .filter(each -> each.now.state() == State.RUNNING)
                            .toList();
            running.forEach(FakeVerifications::step);
        }
        running.forEach(play -> play.followers.forEach(follower -> follower.accept(play.now)));
        return !running.isEmpty();
    }

    synchronized int followers() {
        return plays.values().stream().mapToInt(each -> each.followers.size()).sum();
    }

    @Override
    public synchronized Verification find(Caller caller, UUID id) {
        return play(caller, id).now;
    }

    @Override
    public synchronized List<Verification> recent(Caller caller, int limit) {
        return plays.values().stream()
                .filter(each -> each.owner.equals(caller.id()))
                .map(each -> each.now)
                .toList()
                .reversed()
                .stream()
                .limit(limit)
                .toList();
    }

    @Override
    public Verification await(Caller caller, UUID id, Duration atMost) {
        return find(caller, id);
    }

    @Override
    public AutoCloseable follow(Caller caller, UUID id, Consumer<Verification> listener) {
        var play = play(caller, id);
        play.followers.add(listener);
        listener.accept(play.now);
        return () -> play.followers.remove(listener);
    }

    @Override
    public void cancel(Caller caller, UUID id) {
        Play play;
        synchronized (this) {
            play = play(caller, id);
            play.now = with(play.now, play.now.steps(), State.CANCELLED, null);
        }
        play.followers.forEach(each -> each.accept(play.now));
    }

    @Override
    public String reportHtml(Caller caller, UUID id, String languageTag) {
        return "<!doctype html><html lang='"
                + languageTag
                + "'><title>report</title><body>"
                + find(caller, id).verdict()
                + "</body></html>";
    }

    private synchronized Play play(Caller caller, UUID id) {
        var play = plays.get(id);
        if (play == null || !play.owner.equals(caller.id())) {
            throw new WebException(ErrorCode.NOT_FOUND, "no such verification");
        }
        return play;
    }

    private static void step(Play play) {
        var steps = new ArrayList<>(play.now.steps());
        steps.add(play.script.get(steps.size()));
        boolean over = steps.size() == play.script.size();
        Verdict verdict = steps.getLast() instanceof Step.Decided end ? end.verdict() : null;
        State end = verdict == null ? State.FAILED : State.FINISHED;
        play.now = with(play.now, steps, over ? end : State.RUNNING, verdict);
    }

    private static Verification verification(UUID id, TheoremCommand command) {
        return new Verification(
                id,
                State.RUNNING,
                "theorem",
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
                "assay-reference",
                "1",
                Instant.now(),
                null);
    }

    private static @Nullable NoVerdict cause(
            List<Step> steps, State state, @Nullable Verdict verdict) {
        return switch (state) {
            case RUNNING -> null;
            case CANCELLED -> new NoVerdict.Cancelled();
            case FAILED -> new NoVerdict.Failed(ErrorCode.STATEMENT_INVALID);
            case FINISHED ->
                    verdict != Verdict.UNDECIDED
                            ? null
                            : steps.size() == 1
                                    ? new NoVerdict.NoChecker("coq")
                                    : new NoVerdict.Exhausted();
        };
    }

    private static Verification with(
            Verification old, List<Step> steps, State state, @Nullable Verdict verdict) {
        var proof = verdict == Verdict.PROVED ? FakeSteps.PROOF : null;
        return new Verification(
                old.id(),
                state,
                old.scenario(),
                old.system(),
                old.statement(),
                old.preamble(),
                old.samples(),
                verdict,
                proof,
                verdict == Verdict.REFUTED ? "n=0 m=1" : null,
                verdict == Verdict.UNDECIDED || verdict == null
                        ? null
                        : FakeSteps.file(old.statement(), verdict),
                steps.isEmpty() || !(steps.getLast() instanceof Step.Decided end)
                        ? null
                        : end.reason(),
                cause(steps, state, verdict),
                steps,
                old.model(),
                old.modelVersion(),
                old.createdAt(),
                state == State.RUNNING ? null : old.createdAt().plusMillis(6_240));
    }
}
