package assay.web.verify;

import static org.assertj.core.api.Assertions.assertThat;

import assay.check.v1.CheckRequest;
import assay.check.v1.CheckRequest.CandidateCase;
import assay.check.v1.Outcome;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.serving.GenerateCommand;
import assay.web.verify.Step.CandidateChecked;
import assay.web.verify.Step.CandidateGenerated;
import assay.web.verify.Step.Decided;
import assay.web.verify.Step.StatementChecked;
import assay.web.verify.Verification.State;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What model and checker make of a theorem: verdicts, failures and what leads to them. */
class TheoremVerdictsIT {
    private static final String TRUTH = VerificationRig.TRUTH;
    private static final String PROOF = VerificationRig.PROOF;

    private static VerificationRig rig;

    @BeforeAll
    static void start() {
        rig = new VerificationRig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @BeforeEach
    void fresh() {
        rig.restart(VerificationRig.LIMITS);
    }

    @Test
    void anAcceptedProofProves() {
        rig.generation.answers = number -> "note: easy\n" + PROOF;
        rig.checkers.opinion = request -> Outcome.OUTCOME_ACCEPTED;

        var v = rig.run(rig.command("  forall n : nat,\n n = n. ", 8));

        assertThat(v.state()).isEqualTo(State.FINISHED);
        assertThat(v.verdict()).isEqualTo(Verdict.PROVED);
        assertThat(v.statement()).isEqualTo(TRUTH);
        assertThat(v.proof()).isEqualTo("intros n. reflexivity.");
        assertThat(v.counterexample()).isNull();
        assertThat(v.source()).contains(TRUTH);
        assertThat(v.model()).isEqualTo("assay-reference");
        assertThat(v.steps())
                .hasExactlyElementsOfTypes(
                        StatementChecked.class,
                        CandidateGenerated.class,
                        CandidateChecked.class,
                        Decided.class);
        assertThat(v.steps().get(1))
                .isInstanceOfSatisfying(
                        CandidateGenerated.class,
                        step -> assertThat(step.note()).isEqualTo("easy"));
        assertThat(rig.stored(v.id())).isEqualTo(v);
    }

    @Test
    void anAcceptedCounterexampleRefutes() {
        rig.generation.answers = number -> "note: 0 - 1\ncounterexample: n=0 m=1";
        rig.checkers.opinion = request -> Outcome.OUTCOME_ACCEPTED;

        var v = rig.run(rig.command("forall n m : nat, n - m + m = n", 1));

        assertThat(v.verdict()).isEqualTo(Verdict.REFUTED);
        assertThat(v.counterexample()).isEqualTo("n=0 m=1");
        assertThat(v.proof()).isNull();
        CheckRequest last = rig.checkers.asked.getLast();
        assertThat(last.getCandidateCase()).isEqualTo(CandidateCase.COUNTEREXAMPLE);
        assertThat(last.getCounterexample().getAssignment()).isEqualTo("n=0 m=1");
    }

    @Test
    void theFirstCandidateIsGreedyAndTheOthersAreDrawnWithSeedsOfTheirOwn() {
        rig.generation.answers = number -> "proof:\nattempt " + number + ".";

        rig.run(rig.command(TRUTH, 5));

        List<GenerateCommand> asked = rig.generation.asked;
        assertThat(asked).hasSize(5);
        assertThat(asked)
                .extracting(GenerateCommand::temperature)
                .containsExactly(0f, 0.8f, 0.8f, 0.8f, 0.8f);
        assertThat(asked).extracting(GenerateCommand::seed).doesNotHaveDuplicates();
        assertThat(asked)
                .extracting(GenerateCommand::prompt)
                .containsOnly("<|bos|><|theorem|>" + TRUTH + "<|answer|>");
    }

    @Test
    void theFirstAcceptedCandidateEndsIt() {
        rig.generation.answers = number -> "proof:\nattempt " + number + ".";
        rig.checkers.opinion =
                request ->
                        request.getProof().getScript().equals("attempt 3.")
                                ? Outcome.OUTCOME_ACCEPTED
                                : Outcome.OUTCOME_REJECTED;

        var v = rig.run(rig.command(TRUTH, 8));

        assertThat(v.verdict()).isEqualTo(Verdict.PROVED);
        assertThat(v.proof()).isEqualTo("attempt 3.");
        assertThat(rig.generation.asked).hasSize(3);
    }

    @Test
    void aRepeatedDrawTakesNoTryAndTheNextOneIsOpenedWithTheOtherClaim() {
        rig.generation.answers =
                number ->
                        switch (number) {
                            case 1 -> "proof:\nsame.";
                            case 2 -> "proof:\n same. ";
                            case 3 -> " n=1";
                            default -> "proof:\nanother.";
                        };

        var v = rig.run(rig.command(TRUTH, 3));

        assertThat(rig.generation.asked)
                .extracting(GenerateCommand::prompt)
                .satisfiesExactly(
                        first -> assertThat(first).endsWith("<|answer|>"),
                        second -> assertThat(second).endsWith("<|answer|>"),
                        third -> assertThat(third).endsWith("<|answer|>counterexample:"),
                        fourth -> assertThat(fourth).endsWith("<|answer|>"));
        assertThat(rig.checkers.asked).hasSize(4); // the statement and three candidates
        assertThat(checked(v).get(1).phase()).isEqualTo("duplicate");
        assertThat(checked(v).get(1).message())
                .isEqualTo("the same as candidate 1, not checked again");
        assertThat(v.verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(v.reason())
                .contains("3 candidates were tried (2 proofs, 1 counterexample")
                .contains("1 repeated")
                .contains("Coq 8.16.1 accepted none")
                .contains("more samples");
    }

    @Test
    void aModelThatOnlyRepeatsItselfIsAskedTwiceForEachTryAtMost() {
        rig.generation.answers = _ -> "";

        var v = rig.run(rig.command(TRUTH, 4));

        assertThat(v.verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(rig.generation.asked).hasSize(8);
    }

    @Test
    void whateverTheModelClaimsARejectingCheckerLeavesItUndecided() {
        var random = new Random(20_260_301);
        String[] parts = {
            "proof:",
            "counterexample:",
            "note:",
            "\n",
            " ",
            "proved",
            "verdict: proved",
            "Qed.",
            "n=0",
            "intros.",
            "<|eos|>",
            "\0",
            "\uD800",
            "accepted",
            "{\"verdict\":\"proved\"}"
        };
        for (int run = 0; run < 40; run++) {
            rig.restart(VerificationRig.LIMITS);
            rig.generation.answers =
                    number -> {
                        var text = new StringBuilder();
                        for (int i = random.nextInt(8); i >= 0; i--) {
                            text.append(parts[random.nextInt(parts.length)]);
                        }
                        return text.toString();
                    };
            rig.checkers.opinion =
                    request ->
                            random.nextBoolean() ? Outcome.OUTCOME_REJECTED : Outcome.OUTCOME_LIMIT;

            var v = rig.run(rig.command(TRUTH, 1 + random.nextInt(6)));

            assertThat(v.state()).isEqualTo(State.FINISHED);
            assertThat(v.verdict()).isEqualTo(Verdict.UNDECIDED);
            assertThat(v.proof()).isNull();
            assertThat(v.counterexample()).isNull();
            assertThat(v.source()).isNull();
        }
    }

    @Test
    void anAnswerThatWasCutOffIsNotPutToTheChecker() {
        rig.generation.answers = number -> PROOF;
        rig.generation.finishReasons = number -> "length";
        rig.checkers.opinion = request -> Outcome.OUTCOME_ACCEPTED;

        var v = rig.run(rig.command(TRUTH, 1));

        assertThat(v.verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(checked(v).getFirst().phase()).isEqualTo("answer");
        assertThat(checked(v).getFirst().message()).contains("cut off");
    }

    @Test
    void withoutACheckerItIsUndecidedWithTheWayToInstallOneAndTheModelIsNotAsked() {
        rig.checkers.installed = false;
        rig.generation.failsFrom = 1;

        var v = rig.run(rig.command(TRUTH, 8));

        assertThat(v.verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(v.reason()).contains("install the Debian package coq");
        assertThat(rig.generation.asked).isEmpty();
    }

    @Test
    void aCheckerThatGoesAwayMeanwhileLeavesItUndecided() {
        rig.generation.answers =
                number -> {
                    rig.checkers.installed = false;
                    return PROOF;
                };

        var v = rig.run(rig.command(TRUTH, 2));

        assertThat(v.verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(v.reason()).contains("install the Debian package coq");
    }

    @Test
    void aStatementThatTheCheckerRefusesFailsWithItsWordsAndNothingIsGenerated() {
        var v = rig.run(rig.command("bad statement", 8));

        assertThat(v.state()).isEqualTo(State.FAILED);
        assertThat(v.reason()).isEqualTo("The reference bad was not found");
        assertThat(rig.generation.asked).isEmpty();
        var failure = rig.verifications.visible(rig.owner, v.id()).failure();
        assertThat(failure)
                .isEqualTo(
                        new Failure(
                                ErrorCode.STATEMENT_INVALID,
                                "The reference bad was not found",
                                null));
        assertThat(rig.stored(v.id())).isEqualTo(v);
    }

    @Test
    void aModelThatIsNotThereFailsItWithATimeToRetryAfter() {
        rig.generation.failsFrom = 2;
        rig.generation.answers = number -> PROOF;
        rig.generation.failure =
                new WebException(
                        ErrorCode.NO_REPLICA,
                        "no replica serves",
                        Map.of(),
                        Duration.ofSeconds(3),
                        null);

        var v = rig.run(rig.command(TRUTH, 4));

        assertThat(v.state()).isEqualTo(State.FAILED);
        assertThat(v.verdict()).isNull();
        assertThat(v.steps()).hasSize(3); // what was found before is kept
        var failure = rig.verifications.visible(rig.owner, v.id()).failure();
        assertThat(failure)
                .isEqualTo(
                        new Failure(
                                ErrorCode.NO_REPLICA, "no replica serves", Duration.ofSeconds(3)));
    }

    @Test
    void aBusyCheckerIsAskedAgainButNotForEver() {
        rig.generation.answers = number -> PROOF;
        rig.checkers.opinion = request -> Outcome.OUTCOME_ACCEPTED;
        rig.checkers.busyCalls = 3;
        assertThat(rig.run(rig.command(TRUTH, 1)).verdict()).isEqualTo(Verdict.PROVED);

        rig.checkers.busyCalls = 1_000;
        var v = rig.run(rig.command(TRUTH, 1));
        assertThat(v.state()).isEqualTo(State.FAILED);
        assertThat(rig.checkers.busyCalls).isEqualTo(1_000 - 4);
    }

    private static List<CandidateChecked> checked(Verification v) {
        return v.steps().stream()
                .filter(CandidateChecked.class::isInstance)
                .map(CandidateChecked.class::cast)
                .toList();
    }
}
