package assay.web.verify;

import assay.web.verify.Step.CandidateChecked;
import assay.web.verify.Step.CandidateGenerated;
import assay.web.verify.Step.CandidateKind;
import assay.web.verify.Step.Decided;
import assay.web.verify.Step.StatementChecked;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the steps add up to.
 *
 * @param candidates that are different from each other: the tries
 * @param duplicates draws that repeat an earlier candidate
 * @param tokens generated in all
 */
public record Tally(
        int candidates, int proofs, int counterexamples, int neither, int duplicates, int tokens) {
    static Tally of(Verification verification) {
        int proofs = 0;
        int counterexamples = 0;
        int neither = 0;
        int tokens = 0;
        Set<Integer> duplicates = duplicates(verification);
        for (Step step : verification.steps()) {
            switch (step) {
                case CandidateGenerated s -> {
                    tokens += s.tokens();
                    if (!duplicates.contains(s.number())) {
                        proofs += s.kind() == CandidateKind.PROOF ? 1 : 0;
                        counterexamples += s.kind() == CandidateKind.COUNTEREXAMPLE ? 1 : 0;
                        neither += s.kind() == CandidateKind.NEITHER ? 1 : 0;
                    }
                }
                case StatementChecked _, CandidateChecked _, Decided _ -> {
                    // counted above, or neither a candidate nor tokens
                }
            }
        }
        return new Tally(
                proofs + counterexamples + neither,
                proofs,
                counterexamples,
                neither,
                duplicates.size(),
                tokens);
    }

    private static Set<Integer> duplicates(Verification verification) {
        return verification.steps().stream()
                .filter(CandidateChecked.class::isInstance)
                .map(CandidateChecked.class::cast)
                .filter(step -> step.phase().equals(Phases.DUPLICATE))
                .map(CandidateChecked::number)
                .collect(Collectors.toUnmodifiableSet());
    }
}
