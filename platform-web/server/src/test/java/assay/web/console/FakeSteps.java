package assay.web.console;

import assay.web.verify.Step;
import assay.web.verify.Verdict;
import java.time.Instant;
import java.util.List;

/** What is played for a statement: real scripts of the reference model, with Coq's real words. */
final class FakeSteps {
    static final String PROOF =
            """
            intros A B H1. (* H1: A /\\ B |- B /\\ A *) split.
            - (* |- B *) destruct H1 as [H2 H3]. (* H2: A; H3: B *) exact H3.
            - (* |- A *) destruct H1 as [H4 H5]. (* H4: A; H5: B *) exact H4.\
            """;
    private static final String WRONG =
            """
            intros A B H1. (* H1: A /\\ B |- B /\\ A *) split.
            - (* |- B *) destruct H1 as [H2 H3]. (* H2: A; H3: B *) exact H2.
            - (* |- A *) assumption.\
            """;
    private static final Instant AT = Instant.parse("2026-05-04T10:00:00Z");
    private static final String TOOL = "Coq 8.16.1";

    private FakeSteps() {}

    static List<Step> of(String statement) {
        if (statement.contains("typo")) {
            return List.of(
                    new Step.StatementChecked(
                            AT,
                            false,
                            "Line 1, characters 11-15: The reference typo was not found in the"
                                    + " current environment.",
                            TOOL,
                            410));
        }
        if (statement.contains("nobody")) {
            return List.of(decided(Verdict.UNDECIDED, "no node offers the checker coq now"));
        }
        if (statement.contains("- m + m")) {
            return List.of(
                    accepted(),
                    new Step.CandidateGenerated(
                            AT,
                            1,
                            Step.CandidateKind.COUNTEREXAMPLE,
                            "n=0 m=1",
                            "n=0 m=0: 0 = 0; n=0 m=1: 1 = 0; false",
                            0,
                            41,
                            612),
                    right(1, "kernel"),
                    decided(Verdict.REFUTED, null));
        }
        if (statement.contains("T -> Prop")) {
            return List.of(
                    accepted(),
                    proof(1, WRONG, 0),
                    wrong(1),
                    new Step.CandidateGenerated(
                            AT, 2, Step.CandidateKind.NEITHER, "", "", 0.8f, 12, 190),
                    decided(Verdict.UNDECIDED, "2 of 2 candidates were not accepted"));
        }
        return List.of(
                accepted(),
                proof(1, WRONG, 0),
                wrong(1),
                proof(2, PROOF, 0.8f),
                right(2, "kernel"),
                decided(Verdict.PROVED, null));
    }

    static String file(String statement, Verdict verdict) {
        String goal = verdict == Verdict.PROVED ? statement : "~ (" + statement + ")";
        return "Require Import Arith ZArith Lia List Classical.\nImport ListNotations.\n\nGoal "
                + goal
                + ".\nProof.\n"
                + PROOF
                + "\nQed.\n";
    }

    private static Step accepted() {
        return new Step.StatementChecked(AT, true, "", TOOL, 388);
    }

    private static Step proof(int number, String script, float temperature) {
        return new Step.CandidateGenerated(
                AT, number, Step.CandidateKind.PROOF, script, "", temperature, 87, 934);
    }

    private static Step wrong(int number) {
        return new Step.CandidateChecked(
                AT,
                number,
                false,
                "compile",
                "The term \"H2\" has type \"A\" while it is expected to have type \"B\".",
                2,
                67,
                List.of(),
                TOOL,
                402);
    }

    private static Step right(int number, String phase) {
        return new Step.CandidateChecked(
                AT, number, true, phase, "", 0, 0, List.of("classic"), TOOL, 655);
    }

    private static Step decided(Verdict verdict, @org.jspecify.annotations.Nullable String reason) {
        return new Step.Decided(AT, verdict, reason);
    }
}
