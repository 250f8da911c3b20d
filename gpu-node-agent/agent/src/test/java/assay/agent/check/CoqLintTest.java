package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoqLintTest {
    private static final CheckLimits LIMITS = CheckLimits.defaults();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "intros n m. lia.",
                "intros. (* H: Qed Admitted; |- goal *) exact H.",
                "split.\n- { lia. }\n- 1: lia.\n+ all: auto.",
                "intros n [k H1]. exists (3 * k + 2)%Z. (apply NNPP). [> lia | lia].",
                "intros n. induction n as [| n IH].\n- reflexivity.\n- simpl. lia. }",
            })
    void letsTacticsThrough(String script) {
        assertThat(CoqLint.script(script, LIMITS)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "  (* nothing *) ",
                "Admitted.",
                "admit.",
                "give_up.",
                "Abort. Axiom solution : False.",
                "exact I. Qed. Lemma x : True.",
                "Unset Guard Checking.",
                "#[bypass_check(guard)] auto.",
                "vm_compute. reflexivity.",
                "native_compute.",
                "exact_no_check I.",
                "vm_cast_no_check I.",
                "Redirect p Print nat.",
                "- Load p.",
                "{ Declare ML Module evil. }",
                "idtac \"Closed under the global context\".",
                "Time lia.",
                "Fail lia.",
                "intros. lia",
                "Drop.",
                "1: Show.",
                "@foo.",
                "Ltac cheat := idtac.",
                "Module V.",
                "Primitive int := #int63_type.",
            })
    void refusesWhatIsNotATactic(String script) {
        assertThat(CoqLint.script(script, LIMITS)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "forall n m : nat, n + m = m + n",
                "forall u : Z, (u + 5 = 5 + u)%Z",
                "forall (T : Type) (P : T -> Prop), (forall x, P x) -> ~ exists x, ~ P x",
                "forall l : list nat, l ++ [] = l",
                "forall n, Nat.Even n ->\n  exists k, n = 2 * k",
                "forall A : Set, forall x y : A, {x = y} + {x <> y} -> True",
            })
    void letsStatementsThrough(String statement) {
        assertThat(CoqLint.statement(statement, LIMITS)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "True.",
                "True. Axiom x : False",
                "True). Axiom x : False. Definition y := (I",
                "(True",
                "True)",
                "(True]",
                "True (* comment *)",
                "True (*",
                "True \"",
                "ltac:(exact True)",
                "True\u00a0.",
                "#[local] True",
            })
    void refusesStatementsThatAreMoreThanOneTerm(String statement) {
        assertThat(CoqLint.statement(statement, LIMITS)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Definition twice (n : nat) := n + n.",
                "Require Import Permutation. Open Scope Z_scope.",
                "From Coq Require Import Bool.",
                "Inductive ev : nat -> Prop := e0 : ev 0 | e2 : forall n, ev n -> ev (S (S n)).",
                "Lemma l : forall n, n + 0 = n.\nProof. intros n. lia. Qed.",
                "Section s. Variable x : nat. Definition y := x. End s.",
            })
    void letsDefinitionsThrough(String preamble) {
        assertThat(CoqLint.preamble(preamble, LIMITS)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Axiom a : False.",
                "Parameter a : False.",
                "Variable a : False.",
                "Section s. End s. Hypothesis a : False.",
                "End s.",
                "Section s.",
                "Notation \"x = y\" := (x <> S y).",
                "Module V. End V.",
                "Require Import Reals.",
                "Require Import Evil.",
                "From Evil Require Import Arith.",
                "Declare ML Module evil.",
                "Lemma a : False. Admitted.",
                "Set Printing Width 5.",
                "#[global] Unset Guard Checking.",
                "Extraction nat.",
                "Definition x := 1",
                "Open Scope Z_scope Axiom.",
            })
    void refusesPreamblesThatDoMoreThanDefine(String preamble) {
        assertThat(CoqLint.preamble(preamble, LIMITS)).isPresent();
    }

    @Test
    void boundsLengths() {
        assertThat(CoqLint.script("lia. ".repeat(50_000), LIMITS)).isPresent();
        assertThat(CoqLint.statement("True /\\ ".repeat(2_000) + "True", LIMITS)).isPresent();
    }

    @Test
    void findsAForbiddenWordWhereverItStands() {
        var random = new Random(5);
        String[] around = {" ", "\n", "(", ")", ";", "\t", "[", "|", ".", "-", "@"};
        for (int round = 0; round < 500; round++) {
            String before = around[random.nextInt(around.length)];
            String after = around[random.nextInt(around.length)];
            String script = "intros. exact" + before + "Admitted" + after + " x.";
            assertThat(CoqLint.script(script, LIMITS)).as(script).isPresent();
        }
    }

    @Test
    void repeatsLibrariesAndScopesForTheOtherFiles() {
        assertThat(CoqLint.header("Require Import Bool. Definition x := 1. Open Scope Z_scope."))
                .containsExactly("Require Import Bool.", "Open Scope Z_scope.");
    }
}
