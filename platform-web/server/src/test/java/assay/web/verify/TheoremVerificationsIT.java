package assay.web.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.check.v1.CheckRequest;
import assay.check.v1.CheckRequest.CandidateCase;
import assay.check.v1.Outcome;
import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditEvent;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.serving.GenerateCommand;
import assay.web.verify.Step.CandidateChecked;
import assay.web.verify.Step.CandidateGenerated;
import assay.web.verify.Step.Decided;
import assay.web.verify.Step.StatementChecked;
import assay.web.verify.Verification.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole way of a theorem, with a fake model and a fake checker over a real database. */
class TheoremVerificationsIT {
    private static final String TRUTH = "forall n : nat, n = n";
    private static final String PROOF = "proof:\nintros n. reflexivity.";

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
        assertThat(stored(v.id())).isEqualTo(v);
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
        assertThat(stored(v.id())).isEqualTo(v);
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

    @Test
    void oneMoreThanMayRunIsRefusedWithATimeToRetryAfter() {
        rig.generation.hangs = true;
        UUID first = rig.verifications.start(rig.command(TRUTH, 1));
        UUID second = rig.verifications.start(rig.command(TRUTH, 1));

        assertThatThrownBy(() -> rig.verifications.start(rig.command(TRUTH, 1)))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.QUEUE_FULL);
                            assertThat(e.retryAfter()).contains(Duration.ofSeconds(5));
                        });
        assertThat(rig.audited).hasSize(1);
        assertThat(rig.audited.getFirst().reason()).isEqualTo("QUEUE_FULL");

        rig.verifications.cancel(rig.owner, first);
        rig.verifications.cancel(rig.owner, second);
    }

    @Test
    void cancellingStopsTheGenerationAndKeepsWhatWasFound() throws InterruptedException {
        rig.generation.hangs = true;
        UUID id = rig.verifications.start(rig.command(TRUTH, 8));
        assertThat(rig.generation.entered.await(10, TimeUnit.SECONDS)).isTrue();

        rig.verifications.cancel(rig.owner, id);

        var v = rig.verifications.find(rig.owner, id);
        assertThat(v.state()).isEqualTo(State.CANCELLED);
        assertThat(v.steps()).hasOnlyElementsOfType(StatementChecked.class);
        rig.verifications.cancel(rig.owner, id); // a second time changes nothing
        assertThat(stored(id)).isEqualTo(v);
        assertThat(rig.audited)
                .extracting(AuditEvent::action)
                .containsExactly("verification.run", "verification.cancel", "verification.cancel");
    }

    @Test
    void followersSeeThePresentStateAndTheEnd() throws Exception {
        rig.generation.answers = number -> "proof:\nattempt " + number + ".";
        List<Verification> seen = Collections.synchronizedList(new ArrayList<>());
        var over = new CountDownLatch(1);
        UUID id = rig.verifications.start(rig.command(TRUTH, 8));
        try (AutoCloseable _ =
                rig.verifications.follow(
                        rig.owner,
                        id,
                        v -> {
                            seen.add(v);
                            if (v.state() != State.RUNNING) {
                                over.countDown();
                            }
                        })) {
            assertThat(over.await(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(seen.getLast()).isEqualTo(stored(id));
        for (int i = 1; i < seen.size(); i++) {
            assertThat(seen.get(i).steps().size())
                    .isGreaterThanOrEqualTo(seen.get(i - 1).steps().size());
        }
    }

    @Test
    void aFollowerThatHangsOrThrowsHoldsUpNothing() throws Exception {
        rig.generation.answers = number -> PROOF;
        rig.checkers.opinion = request -> Outcome.OUTCOME_ACCEPTED;
        rig.generation.hangs = true;
        var release = new CountDownLatch(1);
        UUID id = rig.verifications.start(rig.command(TRUTH, 1));
        rig.verifications.follow(
                rig.owner,
                id,
                v -> {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        rig.verifications.follow(
                rig.owner,
                id,
                v -> {
                    throw new IllegalStateException("a listener's own fault");
                });

        rig.verifications.cancel(rig.owner, id);

        assertThat(rig.verifications.await(rig.owner, id, Duration.ofSeconds(10)).state())
                .isEqualTo(State.CANCELLED);
        release.countDown();
    }

    @Test
    void whatAKilledServerLeftRunningIsMarkedAsFailedAndAudited() {
        rig.generation.hangs = true;
        UUID id = rig.verifications.start(rig.command(TRUTH, 8));

        rig.restart(VerificationRig.LIMITS); // the old one is forgotten, as by a kill
        assertThat(stored(id).state()).isEqualTo(State.RUNNING);
        assertThat(rig.verifications.recover()).isPositive();

        var v = stored(id);
        assertThat(v.state()).isEqualTo(State.FAILED);
        assertThat(v.reason()).contains("server stopped");
        assertThat(v.finishedAt()).isNotNull();
        assertThat(rig.audited)
                .anySatisfy(event -> {
                    assertThat(event.objectId()).isEqualTo(id.toString());
                    assertThat(event.caller().name()).isEqualTo("Name of alice");
                    assertThat(event.outcome()).isEqualTo(AuditEvent.Outcome.FAILURE);
                });
        assertThat(rig.verifications.recover()).isZero();
    }

    @Test
    void othersDoNotEvenLearnThatItExists() {
        rig.generation.answers = number -> PROOF;
        UUID id = rig.run(rig.command(TRUTH, 1)).id();
        var colleague = rig.caller(Caller.Kind.USER, "bob");
        var sameIdOtherKind = rig.caller(Caller.Kind.GUEST, "alice");
        var otherTenant =
                rig.with(rig.owner, rig.newTenant(), Set.of(Permission.VERIFICATION_READ_ALL));
        for (Caller stranger : List.of(colleague, sameIdOtherKind, otherTenant)) {
            refuses(() -> rig.verifications.find(stranger, id), ErrorCode.NOT_FOUND);
            refuses(() -> rig.verifications.cancel(stranger, id), ErrorCode.NOT_FOUND);
            refuses(() -> rig.verifications.reportHtml(stranger, id, "en"), ErrorCode.NOT_FOUND);
            refuses(() -> rig.verifications.follow(stranger, id, v -> {}), ErrorCode.NOT_FOUND);
            assertThat(rig.verifications.recent(stranger, 10)).isEmpty();
        }
        var auditor = rig.with(colleague, rig.tenant, Set.of(Permission.VERIFICATION_READ_ALL));
        assertThat(rig.verifications.find(auditor, id).id()).isEqualTo(id);
        refuses(() -> rig.verifications.cancel(auditor, id), ErrorCode.PERMISSION_DENIED);
    }

    @Test
    void theOwnersLastOnesComeNewestFirst() {
        var carol = rig.caller(Caller.Kind.USER, "carol");
        var ids = new ArrayList<UUID>();
        for (int i = 0; i < 3; i++) {
            var command = new TheoremCommand(carol, "r", "coq", TRUTH, "", 1, null);
            ids.addFirst(rig.run(command).id());
        }
        assertThat(rig.verifications.recent(carol, 2))
                .extracting(Verification::id)
                .containsExactlyElementsOf(ids.subList(0, 2));
    }

    @Test
    void guestsAreAdmittedByTheirGateAndOthersPassItBy() {
        int before = rig.guestsAdmitted.get();
        rig.run(rig.command(TRUTH, 1));
        assertThat(rig.guestsAdmitted).hasValue(before);
        var guest = rig.caller(Caller.Kind.GUEST, "browser-1");
        rig.run(new TheoremCommand(guest, "r", "coq", TRUTH, "", 1, null));
        assertThat(rig.guestsAdmitted).hasValue(before + 1);
    }

    @Test
    void aRunIsAuditedOnceWithFiguresAndDigestsAndNoText() {
        rig.generation.answers = number -> PROOF;
        rig.checkers.opinion = request -> Outcome.OUTCOME_ACCEPTED;

        var v = rig.run(rig.command(TRUTH, 8));

        assertThat(rig.audited).hasSize(1);
        AuditEvent event = rig.audited.getFirst();
        assertThat(event.action()).isEqualTo("verification.run");
        assertThat(event.objectId()).isEqualTo(v.id().toString());
        assertThat(event.outcome()).isEqualTo(AuditEvent.Outcome.SUCCESS);
        assertThat(event.model()).isEqualTo("assay-reference");
        assertThat(event.requestId()).isEqualTo("request-1");
        assertThat(event.duration()).isPositive();
        assertThat(event.details())
                .containsEntry("statement_sha256", Sha256.hex(TRUTH))
                .containsEntry("verdict", "proved")
                .containsEntry("candidates", 1)
                .containsKey("tokens");
        assertThat(event.details().toString()).doesNotContain("forall");
    }

    @Test
    void withoutTheRightNothingBegins() {
        var powerless = rig.with(rig.owner, rig.tenant, Set.of());
        refuses(
                () ->
                        rig.verifications.start(
                                new TheoremCommand(powerless, "r", "coq", TRUTH, "", 1, null)),
                ErrorCode.PERMISSION_DENIED);
        assertThat(rig.audited.getFirst().outcome()).isEqualTo(AuditEvent.Outcome.DENIED);
    }

    @Test
    void leanIsRefusedWithAReason() {
        assertThatThrownBy(() ->
                        rig.verifications.start(
                                new TheoremCommand(rig.owner, "r", "lean", TRUTH, "", 1, null)))
                .hasMessageContaining("lean is not installed in this release");
    }

    private static List<CandidateChecked> checked(Verification v) {
        return v.steps().stream()
                .filter(CandidateChecked.class::isInstance)
                .map(CandidateChecked.class::cast)
                .toList();
    }

    private static Verification stored(UUID id) {
        return new VerificationStore(rig.transactions)
                .find(rig.tenant, id)
                .orElseThrow()
                .verification();
    }

    private static void refuses(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        WebException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
