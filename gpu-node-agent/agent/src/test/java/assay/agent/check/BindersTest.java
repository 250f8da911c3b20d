package assay.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import assay.agent.check.Binders.Binder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BindersTest {
    @Test
    void readsGroupsAndBareBinders() {
        assertThat(binders("forall n m : nat, n = m"))
                .containsExactly(of("n", "nat"), of("m", "nat"));
        assertThat(binders("forall (T : Type) (P Q : T -> Prop) (x : T), P x"))
                .containsExactly(
                        of("T", "Type"), of("P", "T -> Prop"), of("Q", "T -> Prop"), of("x", "T"));
        assertThat(binders("forall n m, n = m")).containsExactly(of("n", ""), of("m", ""));
        assertThat(binders("forall {n : nat} m, n = m"))
                .containsExactly(of("n", "nat"), of("m", ""));
    }

    @Test
    void goesOnThroughFurtherQuantifiersAndOuterBrackets() {
        assertThat(binders("(forall x : Z, forall y : Z, x > y)%Z"))
                .containsExactly(of("x", "Z"), of("y", "Z"));
        assertThat(binders("forall x : nat, (forall y : nat, x = y)")).hasSize(2);
        assertThat(binders("(forall x : nat, x = x) -> True")).isEmpty();
        assertThat(binders("(forall x : nat, x = x) /\\ (forall y : nat, y = y)")).isEmpty();
    }

    @Test
    void stopsAtTheFirstPremise() {
        assertThat(binders("forall n : nat, n > 2 -> forall m : nat, n = m"))
                .containsExactly(of("n", "nat"));
        assertThat(binders("exists n : nat, n = 2")).isEmpty();
        assertThat(binders("forallx")).isEmpty();
        assertThat(binders("forall n")).isEmpty();
    }

    @Test
    void readsTypes() {
        assertThat(CoqType.of("T -> T -> Prop"))
                .isEqualTo(
                        new CoqType.Arrow(
                                List.of(new CoqType.Named("T"), new CoqType.Named("T")),
                                new CoqType.Named("Prop")));
        assertThat(CoqType.of("list (list nat)"))
                .isEqualTo(new CoqType.ListOf(new CoqType.ListOf(new CoqType.Named("nat"))));
        assertThat(CoqType.of("(nat -> nat) -> Prop"))
                .isEqualTo(
                        new CoqType.Arrow(
                                List.of(
                                        new CoqType.Arrow(
                                                List.of(new CoqType.Named("nat")),
                                                new CoqType.Named("nat"))),
                                new CoqType.Named("Prop")));
    }

    @Test
    void readsBackWhatItWasGiven() {
        var random = new Random(17);
        String[] types = {"nat", "Z", "Prop", "T -> Prop", "list nat", "T -> T -> Prop"};
        for (int round = 0; round < 1_000; round++) {
            var expected = new ArrayList<Binder>();
            var text = new StringBuilder("forall");
            for (int group = random.nextInt(1, 4); group > 0; group--) {
                String type = types[random.nextInt(types.length)];
                text.append(" (");
                for (int i = random.nextInt(1, 4); i > 0; i--) {
                    String name = "v" + expected.size();
                    expected.add(of(name, type));
                    text.append(name).append(' ');
                }
                text.append(": ").append(type).append(')');
            }
            text.append(", True");
            assertThat(binders(text.toString())).as(text.toString()).isEqualTo(expected);
        }
    }

    @Test
    void endsOnRandomText() {
        var random = new Random(19);
        String[] pieces = {"forall ", "(", ")", "x ", ": ", "nat", ", ", "%Z", "-> ", "{", "}"};
        for (int round = 0; round < 5_000; round++) {
            var text = new StringBuilder();
            for (int i = random.nextInt(20); i > 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            assertThat(Binders.of(text.toString()).all()).isNotNull();
        }
    }

    private static List<Binder> binders(String statement) {
        return Binders.of(statement).all();
    }

    private static Binder of(String name, String type) {
        return new Binder(name, type);
    }
}
