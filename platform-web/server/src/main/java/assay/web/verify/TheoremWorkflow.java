package assay.web.verify;

import assay.check.v1.CheckReply;
import assay.check.v1.CheckRequest;
import assay.check.v1.Counterexample;
import assay.check.v1.Proof;
import assay.check.v1.StatementOnly;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.limits.Admission;
import assay.web.limits.Admissions;
import assay.web.limits.Need;
import assay.web.serving.Checkers;
import assay.web.serving.GenerateCommand;
import assay.web.serving.Generation;
import assay.web.serving.GenerationStream;
import assay.web.serving.Steering;
import assay.web.verify.Step.CandidateChecked;
import assay.web.verify.Step.CandidateGenerated;
import assay.web.verify.Step.CandidateKind;
import assay.web.verify.Step.StatementChecked;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides a theorem: the checker reads the statement, then candidate after candidate is generated
 * and checked until the kernel accepts one. Goal: a verdict as soon as may be. Hard constraint:
 * only an accepting checker makes PROVED or REFUTED; whatever the model says makes a candidate.
 *
 * <p>Candidate 1 is greedy, the others are drawn at {@link #TEMPERATURE}. A draw that repeats an
 * earlier candidate takes no try: it is not checked, and the next one is opened with the other
 * claim and drawn hotter, because a model that says the same again has nothing more to say for it.
 * At most {@link #DRAWS_PER_TRY} draws are made for each try. One candidate is checked before the
 * next is generated: most statements that can be decided are decided by the first, and a second one
 * generated meanwhile would take the processor from its check. Stateless; runs on the thread of its
 * verification.
 */
final class TheoremWorkflow {
    /** As the reference model's card says for several tries; neither top-k nor top-p beside it. */
    static final float TEMPERATURE = 0.8f;

    /** Bounds what a model costs that repeats itself whatever it is asked. */
    static final int DRAWS_PER_TRY = 2;

    private static final float HEAT_PER_REPEAT = 0.2f;
    private static final float HOTTEST = 1.6f;

    private final Generation generation;
    private final Admissions admissions;
    private final Checkers checkers;
    private final TheoremFormat format;
    private final VerificationLimits limits;

    TheoremWorkflow(
            Generation generation,
            Admissions admissions,
            Checkers checkers,
            TheoremFormat format,
            VerificationLimits limits) {
        this.generation = generation;
        this.admissions = admissions;
        this.checkers = checkers;
        this.format = format;
        this.limits = limits;
    }

    /** Carries it through to an outcome; writes each step as it happens. */
    Outcome run(RunningVerification run, TheoremCommand command) {
        try {
            if (checkers.version(command.system()).isEmpty()) {
                return checkerGone(command);
            }
            var early = checkStatement(run, command);
            return early.isPresent() ? early.get() : tryCandidates(run, command);
        } catch (WebException e) {
            return run.isOver() ? new Outcome.Stopped() : new Outcome.Failed(Failure.of(e));
        }
    }

    private Outcome tryCandidates(RunningVerification run, TheoremCommand command) {
        Map<String, Integer> tried = new HashMap<>();
        Draw draw = Draw.GREEDY;
        int repeats = 0;
        int draws = DRAWS_PER_TRY * command.samples();
        for (int number = 1; number <= draws && tried.size() < command.samples(); number++) {
            if (run.isOver()) {
                return new Outcome.Stopped();
            }
            if (outOfTime(run)) {
                return new Outcome.Undecided(
                        new NoVerdict.OutOfTime(limits.maxDuration()),
                        UndecidedReason.outOfTime(run.verification(), limits.maxDuration()));
            }
            Answer answer = generate(run, command, number, draw);
            if (run.isOver()) {
                return new Outcome.Stopped(); // half an answer, perhaps: not worth a check
            }
            Integer earlier = tried.putIfAbsent(key(answer), number);
            if (earlier == null) {
                var decided = judge(run, command, number, answer);
                if (decided.isPresent()) {
                    return decided.get();
                }
                draw = Draw.FREE;
            } else {
                repeats++;
                leaveUnchecked(
                        run,
                        number,
                        Phases.DUPLICATE,
                        "the same as candidate " + earlier + ", not checked again");
                draw = Draw.opened(format.opening(other(answer.kind())), repeats);
            }
        }
        return new Outcome.Undecided(
                new NoVerdict.Exhausted(), UndecidedReason.exhausted(run.verification()));
    }

    /** How a candidate is drawn: what the answer begins with, and how freely it goes on. */
    private record Draw(String opening, float temperature) {
        static final Draw GREEDY = new Draw("", 0);
        static final Draw FREE = new Draw("", TEMPERATURE);

        static Draw opened(String opening, int repeats) {
            return new Draw(opening, Math.min(HOTTEST, TEMPERATURE + HEAT_PER_REPEAT * repeats));
        }
    }

    private static CandidateKind other(CandidateKind claim) {
        return switch (claim) {
            case PROOF -> CandidateKind.COUNTEREXAMPLE;
            case COUNTEREXAMPLE -> CandidateKind.PROOF;
            case NEITHER -> CandidateKind.NEITHER;
        };
    }

    /** Whether the checker understands the statement; an outcome when it ends here. */
    private Optional<Outcome> checkStatement(RunningVerification run, TheoremCommand command) {
        Instant began = run.now();
        var request = request(command).setStatementOnly(StatementOnly.getDefaultInstance()).build();
        var answered = check(run, request);
        if (answered.isEmpty()) {
            return Optional.of(checkerGone(command));
        }
        CheckReply reply = answered.get();
        String message = Statements.storable(reply.getMessage());
        return switch (reply.getOutcome()) {
            case OUTCOME_ACCEPTED -> {
                run.addStep(statementStep(run, began, true, reply));
                yield Optional.empty();
            }
            case OUTCOME_BAD_STATEMENT, OUTCOME_REJECTED, OUTCOME_LIMIT -> {
                run.addStep(statementStep(run, began, false, reply));
                yield Optional.of(
                        new Outcome.Failed(
                                new Failure(ErrorCode.STATEMENT_INVALID, message, null)));
            }
            case OUTCOME_UNAVAILABLE -> Optional.of(checkerGone(command, message));
            case OUTCOME_UNSPECIFIED, UNRECOGNIZED ->
                    throw new WebException(
                            ErrorCode.INTERNAL, "the checker gave an answer without an outcome");
        };
    }

    private static StatementChecked statementStep(
            RunningVerification run, Instant began, boolean accepted, CheckReply reply) {
        return new StatementChecked(
                run.now(),
                accepted,
                Statements.storable(reply.getMessage()),
                reply.getTool(),
                millis(began, run.now()));
    }

    /** Has the model write a candidate. */
    private Answer generate(
            RunningVerification run, TheoremCommand command, int number, Draw draw) {
        Instant began = run.now();
        var ask =
                new GenerateCommand(
                        command.requestId(),
                        command.caller(),
                        command.model(),
                        format.prompt(command.statement()) + draw.opening(),
                        format.maxAnswerTokens(),
                        draw.temperature(),
                        0f,
                        0,
                        CandidateSeeds.seed(run.id(), number),
                        List.of(),
                        Steering.NONE,
                        command.batch());
        try (Admission admission =
                        admissions.answer(
                                ask.caller(), ask.model(), ask.prompt(), ask.maxTokens());
                GenerationStream stream = generation.open(ask)) {
            run.onStop(stream::close);
            run.answeredBy(stream.model());
            var text = new StringBuilder(draw.opening());
            for (var chunk = stream.next(); chunk.isPresent(); chunk = stream.next()) {
                text.append(chunk.get().text());
            }
            var end = stream.end();
            admission.settle(Need.tokens(end.promptTokens(), end.completionTokens()));
            boolean cutOff = end.finishReason().equals("length");
            Answer answer = format.read(Statements.storable(text.toString()), cutOff);
            run.addStep(
                    new CandidateGenerated(
                            run.now(),
                            number,
                            answer.kind(),
                            answer.text(),
                            answer.note(),
                            draw.temperature(),
                            end.completionTokens(),
                            millis(began, run.now())));
            return answer;
        } finally {
            run.onStop(null);
        }
    }

    /** Puts a candidate to the checker; an outcome when that decides. */
    private Optional<Outcome> judge(
            RunningVerification run, TheoremCommand command, int number, Answer answer) {
        if (answer.kind() == CandidateKind.NEITHER) {
            leaveUnchecked(run, number, Phases.ANSWER, answer.problem());
            return Optional.empty();
        }
        Instant began = run.now();
        var answered = check(run, candidate(command, answer));
        if (answered.isEmpty()) {
            return Optional.of(checkerGone(command));
        }
        CheckReply reply = answered.get();
        String message = Statements.storable(reply.getMessage());
        return switch (reply.getOutcome()) {
            case OUTCOME_ACCEPTED -> {
                run.addStep(checkedStep(run, number, true, message, began, reply));
                yield Optional.of(accepted(answer, reply));
            }
            case OUTCOME_REJECTED, OUTCOME_BAD_STATEMENT -> {
                run.addStep(checkedStep(run, number, false, message, began, reply));
                yield Optional.empty();
            }
            case OUTCOME_LIMIT -> {
                String bounded = "stopped at a bound of the checker: " + message;
                run.addStep(checkedStep(run, number, false, bounded, began, reply));
                yield Optional.empty();
            }
            case OUTCOME_UNAVAILABLE -> Optional.of(checkerGone(command, message));
            case OUTCOME_UNSPECIFIED, UNRECOGNIZED ->
                    throw new WebException(
                            ErrorCode.INTERNAL, "the checker gave an answer without an outcome");
        };
    }

    private static Outcome accepted(Answer answer, CheckReply reply) {
        return switch (answer.kind()) {
            case PROOF -> new Outcome.Proved(answer.text(), reply.getSource());
            case COUNTEREXAMPLE -> new Outcome.Refuted(answer.text(), reply.getSource());
            case NEITHER -> throw new IllegalStateException("nothing was there to be accepted");
        };
    }

    private static CandidateChecked checkedStep(
            RunningVerification run,
            int number,
            boolean accepted,
            String message,
            Instant began,
            CheckReply reply) {
        return new CandidateChecked(
                run.now(),
                number,
                accepted,
                Phases.id(reply.getPhase()),
                message,
                reply.getLine(),
                reply.getColumn(),
                reply.getAxiomsList(),
                reply.getTool(),
                millis(began, run.now()));
    }

    /** A candidate that no checker need see. */
    private static void leaveUnchecked(
            RunningVerification run, int number, String phase, String why) {
        run.addStep(
                new CandidateChecked(run.now(), number, false, phase, why, 0, 0, List.of(), "", 0));
    }

    /**
     * Asks, and asks again while every checker is busy or just gone.
     *
     * @return empty when no node offers the system any more
     * @throws WebException CHECKER_BUSY or NO_REPLICA when the tries are used up
     */
    private Optional<CheckReply> check(RunningVerification run, CheckRequest request) {
        for (int retries = limits.checkerRetries(); ; retries--) {
            try {
                return Optional.of(checkers.check(request));
            } catch (WebException e) {
                boolean passing =
                        e.code() == ErrorCode.CHECKER_BUSY || e.code() == ErrorCode.NO_REPLICA;
                boolean over =
                        !passing
                                || retries == 0
                                || outOfTime(run)
                                || run.awaitEnd(limits.checkerPause());
                if (over && passing && checkers.version(request.getSystem()).isEmpty()) {
                    return Optional.empty();
                }
                if (over) {
                    throw e;
                }
            }
        }
    }

    private boolean outOfTime(RunningVerification run) {
        return run.now().isAfter(run.verification().createdAt().plus(limits.maxDuration()));
    }

    private Outcome checkerGone(TheoremCommand command) {
        return checkerGone(command, checkers.whyUnavailable(command.system()));
    }

    private static Outcome checkerGone(TheoremCommand command, String reason) {
        return new Outcome.Undecided(new NoVerdict.NoChecker(command.system()), reason);
    }

    private static CheckRequest candidate(TheoremCommand command, Answer answer) {
        var request = request(command);
        if (answer.kind() == CandidateKind.PROOF) {
            request.setProof(Proof.newBuilder().setScript(answer.text()));
        } else {
            request.setCounterexample(Counterexample.newBuilder().setAssignment(answer.text()));
        }
        return request.build();
    }

    private static CheckRequest.Builder request(TheoremCommand command) {
        return CheckRequest.newBuilder()
                .setRequestId(command.requestId())
                .setSystem(command.system())
                .setPreamble(command.preamble())
                .setStatement(command.statement());
    }

    /** Candidates that differ in white space alone are one. */
    private static String key(Answer answer) {
        return answer.kind() + " " + answer.text().replaceAll("\\s+", " ").strip();
    }

    private static long millis(Instant from, Instant to) {
        return Math.max(0, Duration.between(from, to).toMillis());
    }
}
