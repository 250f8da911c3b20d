package assay.web.verify;

import assay.web.serving.ServedModel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A verification as it stands.
 *
 * @param verdict null while it runs
 * @param proof the accepted tactic script, when proved
 * @param counterexample the accepted assignment, when refuted
 * @param source the complete file that the checker accepted: it can be run again by hand
 * @param reason why it is undecided or failed, in words; null otherwise
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
            @Nullable String reason) {
        /** An end without a verdict. */
        static Result none(String reason) {
            return new Result(null, null, null, null, reason);
        }
    }
}
