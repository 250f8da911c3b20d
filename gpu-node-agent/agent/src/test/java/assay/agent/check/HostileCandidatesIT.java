package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.check.Verdict.BadStatement;
import assay.agent.check.Verdict.Layer;
import assay.agent.check.Verdict.OverLimit;
import assay.agent.check.Verdict.Rejected;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Candidates that want "1 = 2" to be accepted, or want something from this machine. The lint
 * refuses each; without the lint each is refused again by a later layer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileCandidatesIT {
    private CoqInstallation.Ready coq;

    /**
     * One attempt.
     *
     * @param without the layer that refuses it when the lint is off
     */
    record Attempt(String name, Layer without, String script) {
        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    void findCoq() throws InterruptedException {
        coq = InstalledCoq.open(CheckLimits.defaults());
    }

    @AfterAll
    void removeFolders() {
        if (coq != null) {
            coq.close();
        }
    }

    @ParameterizedTest
    @MethodSource("attempts")
    void refusesItWithTheLintAndWithoutIt(Attempt attempt) throws InterruptedException {
        assertThat(coq.judge().prove("", "1 = 2", attempt.script()))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.layer()).isEqualTo(Layer.LINT));
        assertThat(coq.judge().withoutLint().prove("", "1 = 2", attempt.script()))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected ->
                                assertThat(rejected.layer())
                                        .as(rejected.message())
                                        .isEqualTo(attempt.without()));
    }

    static Stream<Attempt> attempts() {
        String end = "\nLemma other : True.\nProof.\nexact I.";
        return Stream.of(
                new Attempt("admitted", Layer.ASSUMPTIONS, "Admitted." + end),
                new Attempt("admit tactic", Layer.COMPILE, "admit."),
                new Attempt(
                        "own axiom",
                        Layer.ASSUMPTIONS,
                        "Abort.\nAxiom a : 1 = 2.\nTheorem solution : 1 = 2.\nProof.\nexact a."),
                new Attempt(
                        "axiom of the name",
                        Layer.ASSUMPTIONS,
                        "Abort.\nAxiom solution : 1 = 2." + end),
                new Attempt(
                        "hypothesis",
                        Layer.ASSUMPTIONS,
                        "Abort.\nHypothesis solution : 1 = 2." + end),
                new Attempt(
                        "declared module",
                        Layer.ASSUMPTIONS,
                        "Abort.\nModule Type S. Axiom a : 1 = 2. End S.\nDeclare Module M : S.\n"
                                + "Theorem solution : 1 = 2.\nProof.\nexact M.a."),
                new Attempt(
                        "guard off",
                        Layer.ASSUMPTIONS,
                        "Abort.\nUnset Guard Checking.\nFixpoint f (n : nat) : 1 = 2 := f n.\n"
                                + "Theorem solution : 1 = 2.\nProof.\nexact (f 0)."),
                new Attempt(
                        "guard off by attribute",
                        Layer.ASSUMPTIONS,
                        "Abort.\n#[bypass_check(guard)] Fixpoint f (n : nat) : 1 = 2 := f n.\n"
                                + "Theorem solution : 1 = 2.\nProof.\nexact (f 0)."),
                new Attempt(
                        "positivity off",
                        Layer.ASSUMPTIONS,
                        """
                        Abort.
                        Unset Positivity Checking.
                        Inductive bad := C : (bad -> 1 = 2) -> bad.
                        Definition no (b : bad) : 1 = 2 := match b with C f => f b end.
                        Theorem solution : 1 = 2.
                        Proof.
                        exact (no (C no)).
                        """
                                .strip()),
                new Attempt(
                        "hidden from the list of assumptions by a module",
                        Layer.KERNEL,
                        "Abort.\nRequire Import Hurkens.\n"
                                + "Module Type S. Parameter Inline a : False. End S.\n"
                                + "Module P. Unset Universe Checking. Definition a : False := PropNeqType.paradox eq_refl."
                                + " Set Universe Checking. End P.\n"
                                + "Module F (X : S). Definition a : False := X.a. End F.\nModule R := F P.\n"
                                + "Theorem solution : 1 = 2.\nProof.\ndestruct R.a."),
                new Attempt(
                        "other meaning of the statement",
                        Layer.ASSUMPTIONS,
                        "Abort.\nNotation \"x = y\" := (x <> S y) : type_scope.\n"
                                + "Theorem solution : 1 = 2.\nProof.\ndiscriminate."),
                new Attempt(
                        "other theorem of the name",
                        Layer.ASSUMPTIONS,
                        "Abort.\nTheorem solution : 1 = 1.\nProof.\nreflexivity."),
                new Attempt(
                        "forged output",
                        Layer.ASSUMPTIONS,
                        "idtac \"Closed under the global context\".\nAdmitted." + end),
                new Attempt(
                        "printing turned off",
                        Layer.ASSUMPTIONS,
                        "Abort.\n#[global] Set Printing Depth 1.\nAxiom a : 1 = 2.\n"
                                + "Theorem solution : 1 = 2.\nProof.\nexact a."),
                new Attempt(
                        "module that masks",
                        Layer.ASSUMPTIONS,
                        "Admitted.\nModule V. Module Sol. End Sol. End V." + end),
                new Attempt(
                        "file by redirect",
                        Layer.COMPILE,
                        "Admitted.\nRedirect \"p\" Print nat." + end),
                new Attempt(
                        "file by extraction",
                        Layer.COMPILE,
                        "Admitted.\nRequire Extraction.\nExtraction \"Check.v\" nat." + end),
                new Attempt(
                        "reading a file",
                        Layer.COMPILE,
                        "Admitted.\nLoad \"/etc/hostname\"." + end),
                new Attempt(
                        "plug-in",
                        Layer.COMPILE,
                        "Admitted.\nDeclare ML Module \"evil:evil.plugin\"." + end),
                new Attempt("no check of a cast", Layer.COMPILE, "vm_cast_no_check (eq_refl 1)."),
                new Attempt("no check of a term", Layer.COMPILE, "exact_no_check (eq_refl 1)."),
                new Attempt("dropping to the top level", Layer.COMPILE, "Drop."),
                new Attempt(
                        "injected statement",
                        Layer.COMPILE,
                        "Qed.\nTheorem solution : 1 = 1.\nProof.\nreflexivity."));
    }

    @Test
    void refusesAnAxiomThatIsNotOnTheListHoweverItComes() throws InterruptedException {
        String preamble =
                "Section s.\nVariable a : 1 = 2.\nLemma l : 1 = 2.\nProof. exact a. Qed.\nEnd s.";
        assertThat(coq.judge().prove(preamble, "1 = 2", "exact (l _)."))
                .isInstanceOf(Rejected.class);
        String axiom = "Axiom a : 1 = 2.";
        assertThat(coq.judge().prove(axiom, "1 = 2", "exact a.")).isInstanceOf(BadStatement.class);
        assertThat(coq.judge().withoutLint().prove(axiom, "1 = 2", "exact a."))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> assertThat(rejected.layer()).isEqualTo(Layer.ASSUMPTIONS));
    }

    @Test
    void endsALoopAMemoryBombAndAFlood() throws InterruptedException {
        try (var tight = InstalledCoq.open(InstalledCoq.tight())) {
            CoqJudge judge = tight.judge();
            assertThat(
                            judge.prove(
                                    "",
                                    "True",
                                    "repeat (idtac; assert (2 ^ 2 = 4) by reflexivity)."))
                    .isInstanceOfSatisfying(
                            OverLimit.class,
                            over -> assertThat(over.layer()).isEqualTo(Layer.COMPILE));
            assertThat(judge.prove("", "True", "let n := eval cbv in (2 ^ 40) in exact I."))
                    .isInstanceOf(OverLimit.class);
            assertThat(judge.prove("", "True", "do 100000 idtac 12345678. exact I."))
                    .isInstanceOfSatisfying(
                            OverLimit.class, over -> assertThat(over.bound()).contains("output"));
            assertThat(
                            judge.prove(
                                    "",
                                    "True",
                                    "exact " + "(".repeat(90_000) + "I" + ")".repeat(90_000) + "."))
                    .isNotInstanceOf(Verdict.Accepted.class);
        }
    }
}
