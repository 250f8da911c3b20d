package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RefutationTest {
    @Test
    void instantiatesInTheOrderOfTheBinders() {
        assertThat(
                        script(
                                        "forall (n : nat) (z : Z) (P : Prop) (l : list nat), True",
                                        "P=true l=[1;2] z=-3 n=4")
                                .tactics())
                .containsSubsequence(
                        "specialize (H 4%nat).",
                        "specialize (H (-3)%Z).",
                        "specialize (H True).",
                        "specialize (H [1%nat; 2%nat]%list).");
    }

    @Test
    void makesATypeForAFiniteModel() {
        Refutation.Script script =
                script(
                        "forall (T : Type) (P : T -> Prop) (R : T -> T -> Prop) (x : T), P x",
                        "T={0,7} P={7} R={(0,7)} x=0");
        assertThat(script.definitions())
                .contains("Inductive points_0 : Set := point_0_0 | point_0_1.");
        assertThat(script.tactics())
                .contains("(fun x0 => match x0 with | point_0_0 => False | point_0_1 => True end)")
                .contains("| point_0_0, point_0_1 => True")
                .contains("specialize (H point_0_0).");
    }

    @Test
    void makesAnEmptyType() {
        Refutation.Script script =
                script("forall (T : Type) (P : T -> Prop), exists x, P x", "T={} P={}");
        assertThat(script.definitions()).contains("Inductive points_0 : Set := .");
        assertThat(script.tactics()).contains("(fun _ => False)");
    }

    @Test
    void saysWhyAnAssignmentIsNoPointOfTheStatement() {
        assertThat(reason("forall n m : nat, n = m", "n=0")).isEqualTo("no value for m");
        assertThat(reason("forall n : nat, n = 0", "n=0 k=1"))
                .isEqualTo("the statement has no variable k");
        assertThat(reason("forall n : nat, n = 0", "n=-1")).contains("expected: 0 or more");
        assertThat(reason("forall P : Prop, P", "P=3")).contains("does not fit its type Prop");
        assertThat(reason("forall (T : Type) (x : T), x = x", "T={0} x=1"))
                .contains("not an element of T");
        assertThat(reason("forall l : list nat, l = l", "l=0")).contains("expected a list");
        assertThat(
                        reason(
                                "forall (T : Type) (f : T -> T) (x : T), f x = x",
                                "T={0,1} f={(0,1)} x=0"))
                .contains("not given everywhere");
        assertThat(reason("forall (T : Type) (P : T -> T -> Prop), True", "T={0} P={0}"))
                .contains("tuples of 2");
    }

    @Test
    void explainsAFailure() {
        assertThat(Refutation.explain("Tactic failure: the statement holds here."))
                .contains("not a counterexample");
        assertThat(Refutation.explain("Tactic failure: not shown to be false here."))
                .contains("could not be shown");
    }

    private static Refutation.Script script(String statement, String assignment) {
        return switch (Refutation.of(statement, assignment, CheckLimits.defaults())) {
            case Refutation.Script script -> script;
            case Refutation.Unusable unusable -> throw new AssertionError(unusable);
        };
    }

    private static String reason(String statement, String assignment) {
        return switch (Refutation.of(statement, assignment, CheckLimits.defaults())) {
            case Refutation.Script script -> throw new AssertionError(script);
            case Refutation.Unusable(String reason, int offset) -> reason;
        };
    }
}
