package assay.web.verify;

import assay.web.serving.ServedModel;
import assay.web.verify.Step.CandidateChecked;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A verification as it stands.
 *
 * @param verdict null while it runs
 * @param proof the accepted tactic script, when proved
 * @param counterexample the accepted assignment, when refuted
 * @param source the complete file that the checker accepted: it can be run again by hand
 * @param reason why it is undecided or failed, in English words; null otherwise
 * @param cause the same as data; null otherwise, and where it was not kept
 */
public record Verification(
        UUID id,
        State state,
        String scenario,
        String system,
        String statement,
        String preamble,
        int samples,
        @Nullable Verdict verdict,
        @Nullable String proof,
        @Nullable String counterexample,
        @Nullable String source,
        @Nullable String reason,
        @Nullable NoVerdict cause,
        List<Step> steps,
        @Nullable String model,
        @Nullable String modelVersion,
        Instant createdAt,
        @Nullable Instant finishedAt) {
    /** Where it is. */
    public enum State {
        RUNNING,
        FINISHED,
        FAILED,
        CANCELLED
    }

    public Verification {
        steps = List.copyOf(steps);
    }

    /** What the steps add up to. */
    public Tally tally() {
        return Tally.of(this);
    }

    /** What a checker said last to a candidate, whole; empty when none was asked about one. */
    public Optional<String> lastAnswer() {
        return steps.reversed().stream()
                .filter(CandidateChecked.class::isInstance)
                .map(CandidateChecked.class::cast)
                .filter(step -> !step.tool().isBlank() && !step.message().isBlank())
                .findFirst()
                .map(step -> step.message().strip());
    }

    /** The same with one step more. */
    Verification with(Step step) {
        List<Step> more = new ArrayList<>(steps);
        more.add(step);
        return new Verification(
                id,
                state,
                scenario,
                system,
                statement,
                preamble,
                samples,
                verdict,
                proof,
                counterexample,
                source,
                reason,
                cause,
                more,
                model,
                modelVersion,
                createdAt,
                finishedAt);
    }

    /** The same with the model that answers. */
    Verification answeredBy(ServedModel served) {
        return new Verification(
                id,
                state,
                scenario,
                system,
                statement,
                preamble,
                samples,
                verdict,
                proof,
                counterexample,
                source,
                reason,
                cause,
                steps,
                served.name(),
                served.version(),
                createdAt,
                finishedAt);
    }

    /** The same, over. */
    Verification ended(State end, Result result, Instant at) {
        return new Verification(
                id,
                end,
                scenario,
                system,
                statement,
                preamble,
                samples,
                result.verdict,
                result.proof,
                result.counterexample,
                result.source,
                result.reason,
                result.cause,
                steps,
                model,
                modelVersion,
                createdAt,
                at);
    }

    /** What an end brings. */
    record Result(
            @Nullable Verdict verdict,
            @Nullable String proof,
            @Nullable String counterexample,
            @Nullable String source,
            @Nullable String reason,
            @Nullable NoVerdict cause) {
        /** The kernel accepted the script. */
        static Result proved(String proof, String source) {
            return new Result(Verdict.PROVED, proof, null, source, null, null);
        }

        /** The kernel accepted the negation at this point. */
        static Result refuted(String counterexample, String source) {
            return new Result(Verdict.REFUTED, null, counterexample, source, null, null);
        }

        /** Nothing was accepted. */
        static Result undecided(NoVerdict cause, String reason) {
            return new Result(Verdict.UNDECIDED, null, null, null, reason, cause);
        }

        /** An end without a verdict. */
        static Result none(NoVerdict cause, String reason) {
            return new Result(null, null, null, null, reason, cause);
        }
    }
}
