package assay.web.verify;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened on the way to the verdict, in order. Immutable. */
public sealed interface Step {
    Instant at();

    /** The checker parsed and typed the statement, or not. */
    record StatementChecked(
            Instant at, boolean accepted, String message, String tool, long durationMillis)
            implements Step {}

    /**
     * The model wrote a candidate.
     *
     * @param number from 1
     * @param kind what it claims
     * @param text the script or the assignment; empty when there is none
     * @param note the model's own working, of no meaning to a checker
     */
    record CandidateGenerated(
            Instant at,
            int number,
            CandidateKind kind,
            String text,
            String note,
            float temperature,
            int tokens,
            long durationMillis)
            implements Step {}

    /** What a candidate claims to be. */
    enum CandidateKind {
        PROOF,
        COUNTEREXAMPLE,
        NEITHER
    }

    /**
     * The checker's answer to a candidate.
     *
     * @param phase "lint", "compile", "assumptions" or "kernel": where it was decided; without a
     *     checker, and then without a tool, "answer" for what is no candidate and "duplicate" for
     *     what was decided before
     * @param line in the candidate, from 1; 0 when unknown
     */
    record CandidateChecked(
            Instant at,
            int number,
            boolean accepted,
            String phase,
            String message,
            int line,
            int column,
            List<String> axioms,
            String tool,
            long durationMillis)
            implements Step {
        public CandidateChecked {
            axioms = List.copyOf(axioms);
        }
    }

    /** The end: the verdict with its reason. */
    record Decided(Instant at, Verdict verdict, @Nullable String reason) implements Step {}
}
