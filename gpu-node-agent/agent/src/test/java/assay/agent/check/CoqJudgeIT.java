package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.check.Verdict.Accepted;
import assay.agent.check.Verdict.BadStatement;
import assay.agent.check.Verdict.Layer;
import assay.agent.check.Verdict.Place;
import assay.agent.check.Verdict.Rejected;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CoqJudgeIT {
    private CoqInstallation.Ready coq;

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
    @CsvSource(
            delimiter = '@',
            value = {
                "forall A B : Prop, A /\\ B -> B /\\ A @ intros A B H. (* H: A /\\ B |- B /\\ A *) destruct H as [H1 H2]. split. - exact H2. - exact H1.",
                "forall u : Z, exists v : Z, (v + u + 5 = u + 5)%Z @ intros u. exists 0%Z. lia.",
                "forall (T : Type) (a : list T), length (a ++ a ++ rev a) = 3 * length a @ intros T a. simpl. repeat (rewrite app_length || rewrite rev_length || simpl). lia.",
            })
    void acceptsProofs(String statement, String script) throws InterruptedException {
        assertThat(coq.judge().prove("", statement, script))
                .isInstanceOfSatisfying(
                        Accepted.class, accepted -> assertThat(accepted.axioms()).isEmpty());
    }

    @Test
    void namesExcludedMiddleWhereAProofRestsOnIt() throws InterruptedException {
        Verdict verdict =
                coq.judge()
                        .prove(
                                "",
                                "forall P : Prop, ~ ~ P -> P",
                                "intros P H. apply NNPP. exact H.");
        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Accepted.class,
                        accepted ->
                                assertThat(accepted.axioms())
                                        .containsExactly("Classical_Prop.classic"));
    }

    @Test
    void givesASourceThatCoqAcceptsByHand() throws InterruptedException {
        String preamble =
                "Inductive ev : nat -> Prop := e0 : ev 0 | e2 : forall n, ev n -> ev (S (S n)).\nOpen Scope Z_scope.";
        String statement = "ev 4%nat /\\ 1 < 2";
        var accepted =
                (Accepted)
                        coq.judge()
                                .prove(
                                        preamble,
                                        statement,
                                        "split.\n- repeat constructor.\n- lia.");
        assertThat(accepted.source())
                .contains(preamble + "\nGoal " + statement + ".\nProof.\nsplit.\n- repeat")
                .endsWith("\nQed.\n");
        assertThatPlainCoqTakes(accepted.source());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "forall P Q : Prop, (P -> Q /\\ Q) <-> Q /\\ P /\\ Q | P=false Q=true",
                "forall a b : nat, b + 3 >= a -> 3 * b + a + 9 > 5 * a | a=3 b=0",
                "forall x : nat, exists y : nat, 3 * (x * x * x) + 7 * x + 5 = 3 * y | x=0",
                "forall (l1 : list nat) (n : nat), length (n :: ([n] ++ rev l1) ++ l1 ++ l1) = 3 * length l1 + 3 | l1=[] n=0",
                "forall (T : Type) (U : T -> Prop) (V : T -> T -> Prop), (exists x : T, exists y : T, U x -> V x x) -> ((exists x : T, forall y : T, U x -> U x /\\ U x) -> forall x : T, U x \\/ U x) -> forall x : T, U x -> V x x | T={0,1} U={0,1} V={(0,1),(1,0),(1,1)}",
            })
    void acceptsCounterexamples(String statement, String assignment) throws InterruptedException {
        assertThat(coq.judge().refute("", statement, assignment)).isInstanceOf(Accepted.class);
    }

    @Test
    void givesTheSourceOfARefutation() throws InterruptedException {
        var accepted =
                (Accepted)
                        coq.judge()
                                .refute(
                                        "Definition even (n : nat) := exists k, n = 2 * k.",
                                        "forall (T : Type) (P : T -> Prop) (n : nat), even n -> exists x, P x",
                                        "T={} P={} n=4");
        assertThat(accepted.source()).contains("Goal ~ (forall (T : Type)");
        assertThatPlainCoqTakes(accepted.source());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "forall n m : nat, n - m + m = n | n=1 m=0",
                "forall P Q : Prop, P -> Q -> P | P=true Q=false",
                "forall (T : Type) (P : T -> Prop), (forall x, P x) -> exists x, P x | T={0} P={0}",
                "forall n : nat, Nat.Even n -> Nat.Even (3 * n + 7) | n=1",
                "forall l m : list nat, l ++ m = m ++ l | l=[0] m=[0]",
            })
    void refusesAnAssignmentThatFalsifiesNothing(String statement, String assignment)
            throws InterruptedException {
        assertThat(coq.judge().refute("", statement, assignment))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected ->
                                assertThat(rejected.message())
                                        .isEqualTo(
                                                "The statement holds at this point, so the assignment is not a"
                                                        + " counterexample."));
    }

    @Test
    void neverRefutesATheorem() throws InterruptedException {
        for (int m = 0; m < 3; m++) {
            assertThat(
                            coq.judge()
                                    .refute(
                                            "",
                                            "forall n m : nat, n + m = m + n",
                                            "n=" + m * m + " m=" + m))
                    .isInstanceOf(Rejected.class);
        }
    }

    @Test
    void repeatsCoqsWordsWithThePlaceInTheScript() throws InterruptedException {
        Verdict verdict =
                coq.judge().prove("", "forall n : nat, n = 1", "intros n.\n  reflexivity.");
        assertThat(verdict)
                .isInstanceOfSatisfying(
                        Rejected.class,
                        rejected -> {
                            assertThat(rejected.layer()).isEqualTo(Layer.COMPILE);
                            assertThat(rejected.message())
                                    .contains("Unable to unify \"1\" with \"n\"");
                            assertThat(rejected.place()).isEqualTo(new Place(2, 3));
                        });
        assertThat(coq.judge().prove("", "True /\\ True", "split. exact I."))
                .isInstanceOf(Rejected.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "forall n : nat, m = 1",
                "1 + 1",
                "forall n : nat, n =",
                "True := I",
                "nat",
                "_",
                "(1 = 1, 2 = 2)"
            })
    void saysThatAStatementIsNotOne(String statement) throws InterruptedException {
        assertThat(coq.judge().understand("", statement))
                .isInstanceOfSatisfying(
                        BadStatement.class,
                        bad -> assertThat(bad.layer()).isEqualTo(Layer.COMPILE));
    }

    @Test
    void namesThePlaceInABadStatementAndInABadPreamble() throws InterruptedException {
        assertThat(coq.judge().prove("", "forall n : nat,\n m = 1", "intros n. lia."))
                .isEqualTo(
                        new BadStatement(
                                Layer.COMPILE,
                                "The reference m was not found in the current environment.",
                                new Place(2, 2)));
        assertThat(coq.judge().understand("Definition x := 1.\nDefinition y := z.", "x = y"))
                .isInstanceOfSatisfying(
                        BadStatement.class, bad -> assertThat(bad.place().line()).isEqualTo(2));
        assertThat(coq.judge().understand("", "forall n : nat, n = n"))
                .isInstanceOf(Accepted.class);
    }

    @Test
    void judgesTwoAtOnce() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var good = threads.submit(() -> coq.judge().prove("", "2 + 2 = 4", "reflexivity."));
            var bad = threads.submit(() -> coq.judge().prove("", "2 + 2 = 5", "reflexivity."));
            assertThat(good.get()).isInstanceOf(Accepted.class);
            assertThat(bad.get()).isInstanceOf(Rejected.class);
        }
    }

    private void assertThatPlainCoqTakes(String source) throws InterruptedException {
        try (var job = coq.sandbox().newJob()) {
            job.write("Proof.v", source);
            String coqc = SandboxTools.program("coqc").orElseThrow();
            assertThat(coq.sandbox().run(job, true, List.of(coqc, "Proof.v")))
                    .isInstanceOfSatisfying(
                            SandboxRun.Finished.class,
                            finished -> assertThat(finished.exit()).as(finished.err()).isZero());
        }
    }
}
