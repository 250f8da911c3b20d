package assay.web.verify;

import assay.web.verify.Step.CandidateChecked;
import assay.web.verify.Step.CandidateGenerated;
import assay.web.verify.Step.CandidateKind;
import assay.web.verify.Step.Decided;
import assay.web.verify.Step.StatementChecked;

/**
 * What the steps add up to.
 *
 * @param duplicates candidates that repeat an earlier one
 * @param tokens generated in all
 */
public record Tally(
        int candidates, int proofs, int counterexamples, int neither, int duplicates, int tokens) {
    static Tally of(Verification verification) {
        int proofs = 0;
        int counterexamples = 0;
        int neither = 0;
        int duplicates = 0;
        int tokens = 0;
        for (Step step : verification.steps()) {
            switch (step) {
                case CandidateGenerated s -> {
                    tokens += s.tokens();
                    proofs += s.kind() == CandidateKind.PROOF ? 1 : 0;
                    counterexamples += s.kind() == CandidateKind.COUNTEREXAMPLE ? 1 : 0;
                    neither += s.kind() == CandidateKind.NEITHER ? 1 : 0;
                }
                case CandidateChecked s -> duplicates += s.phase().equals(Phases.DUPLICATE) ? 1 : 0;
                case StatementChecked _, Decided _ -> {
                    // neither a candidate nor tokens
                }
            }
        }
        return new Tally(
                proofs + counterexamples + neither,
                proofs,
                counterexamples,
                neither,
                duplicates,
                tokens);
    }
}
