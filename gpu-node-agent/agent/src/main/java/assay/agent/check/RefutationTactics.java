package assay.agent.check;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The two tactics of {@link Refutation}: {@code point_holds} proves the goal, {@code point_fails h}
 * closes the goal False by a hypothesis that cannot be. On closed propositions over finite types
 * one of the two always succeeds. Stateless.
 */
final class RefutationTactics {
    static final String HOLDS = "the statement holds here";
    static final String UNDECIDED = "not shown to be false here";

    static final String CLOSING =
            """
            tryif solve [point_fails H] then idtac else
            tryif (let t := type of H in assert t by (clear H; point_holds)) then fail "%s" else fail "%s".\
            """
                    .formatted(HOLDS, UNDECIDED);

    private static final int WITNESSES_UP_TO = 12;

    private static final String TACTICS =
            """
            Ltac point_holds := lazymatch goal with
              | |- True => exact I
              | |- False => solve [lia | congruence]
            @FORALL_HOLDS@@EXISTS_HOLDS@  | |- _ /\\ _ => split; point_holds
              | |- _ <-> _ => split; point_holds
              | |- _ \\/ _ => first [left; point_holds | right; point_holds | lia]
              | |- ~ _ => let h := fresh "h" in intro h; point_fails h
              | |- ?A -> _ => let h := fresh "h" in intro h; first [exfalso; point_fails h | point_holds]
              | |- forall x, _ => let x := fresh "x" in intro x; point_holds
              | |- Nat.Even ?n => let k := eval cbv in (Nat.div2 n) in exists k; lia
              | |- Nat.Odd ?n => let k := eval cbv in (Nat.div2 n) in exists k; lia
              | |- Nat.divide ?a ?b => let k := eval cbv in (Nat.div b a) in exists k; lia
              | |- Z.Even ?n => let k := eval cbv in (Z.div2 n) in exists k; lia
              | |- Z.Odd ?n => let k := eval cbv in (Z.div2 n) in exists k; lia
              | |- Z.divide ?a ?b => let k := eval cbv in (Z.div b a) in exists k; lia
              | |- exists x : nat, _ => first [@NAT_WITNESSES@]
              | |- exists x : Z, _ => first [@Z_WITNESSES@]
              | |- exists x : bool, _ => first [exists true; point_holds | exists false; point_holds]
              | |- exists x : Prop, _ => first [exists True; point_holds | exists False; point_holds]
              | |- _ => point_holds_leaf
              end
            with point_fails h := lazymatch type of h with
              | False => destruct h
              | True => fail
            @FORALL_FAILS@@EXISTS_FAILS@  | exists x : bool, _ => let x := fresh "x" in destruct h as [x h]; destruct x; point_fails h
              | exists x, _ => let x := fresh "x" in destruct h as [x h]; point_fails h
              | _ /\\ _ => let a := fresh "a" in let b := fresh "b" in destruct h as [a b]; first [point_fails a | point_fails b]
              | _ <-> _ => let a := fresh "a" in let b := fresh "b" in destruct h as [a b]; first [point_fails a | point_fails b]
              | _ \\/ _ => destruct h as [h|h]; point_fails h
              | ~ _ => first [solve [apply h; clear h; point_holds] | lia]
              | ?A -> _ => let p := fresh "p" in assert (p : A) by (clear h; point_holds); specialize (h p); point_fails h
              | forall x : nat, _ => first [@NAT_INSTANCES@]
              | forall x : Z, _ => first [@Z_INSTANCES@]
              | forall x : bool, _ => first [specialize (h true); point_fails h | specialize (h false); point_fails h]
              | forall x : Prop, _ => first [specialize (h True); point_fails h | specialize (h False); point_fails h]
              | Nat.Even _ => let k := fresh "k" in destruct h as [k h]; lia
              | Nat.Odd _ => let k := fresh "k" in destruct h as [k h]; lia
              | Nat.divide _ _ => let k := fresh "k" in destruct h as [k h]; lia
              | _ => point_fails_leaf h
              end
            with point_holds_leaf := first
              [ lia
              | reflexivity
              | assumption
              | timeout 5 (progress cbn; point_holds)
              | timeout 5 (progress red; point_holds)
              | timeout 5 solve [repeat constructor]
              | timeout 5 tauto ]
            with point_fails_leaf h := first
              [ lia
              | discriminate h
              | congruence
              | timeout 5 (progress cbn in h; point_fails h)
              | timeout 5 (progress red in h; point_fails h)
              | timeout 5 solve [inversion h]
              | timeout 5 tauto ].
            """;

    private RefutationTactics() {}

    /**
     * Both tactics.
     *
     * @param carriers constructors of each finite type by its name
     * @param inner numbers that the assignment gives to variables quantified further inside; tried
     *     there first
     */
    static String definitions(Map<String, List<String>> carriers, List<BigInteger> inner) {
        return TACTICS.replace("@FORALL_HOLDS@", branches(carriers, RefutationTactics::forallHolds))
                .replace("@EXISTS_HOLDS@", branches(carriers, RefutationTactics::existsHolds))
                .replace("@FORALL_FAILS@", branches(carriers, RefutationTactics::forallFails))
                .replace("@EXISTS_FAILS@", branches(carriers, RefutationTactics::existsFails))
                .replace("@NAT_WITNESSES@", numbers(inner, false, "exists %s; point_holds"))
                .replace("@Z_WITNESSES@", numbers(inner, true, "exists %s; point_holds"))
                .replace(
                        "@NAT_INSTANCES@",
                        numbers(inner, false, "specialize (h %s); point_fails h"))
                .replace("@Z_INSTANCES@", numbers(inner, true, "specialize (h %s); point_fails h"));
    }

    @FunctionalInterface
    private interface Branch {
        String of(String type, List<String> elements);
    }

    private static String branches(Map<String, List<String>> carriers, Branch branch) {
        return carriers.entrySet().stream()
                .map(carrier -> "  | " + branch.of(carrier.getKey(), carrier.getValue()) + "\n")
                .collect(Collectors.joining());
    }

    private static String forallHolds(String type, List<String> elements) {
        return "|- forall x : %s, _ => let x := fresh \"x\" in intro x; destruct x; cbv beta iota; point_holds"
                .formatted(type);
    }

    private static String existsHolds(String type, List<String> elements) {
        return "|- exists x : %s, _ => %s"
                .formatted(type, firstOf(elements, "exists %s; cbv beta iota; point_holds"));
    }

    private static String forallFails(String type, List<String> elements) {
        return "forall x : %s, _ => %s"
                .formatted(
                        type,
                        firstOf(elements, "specialize (h %s); cbv beta iota in h; point_fails h"));
    }

    private static String existsFails(String type, List<String> elements) {
        return ("exists x : %s, _ => let x := fresh \"x\" in destruct h as [x h]; destruct x;"
                        + " cbv beta iota in h; point_fails h")
                .formatted(type);
    }

    private static String firstOf(List<String> elements, String attempt) {
        return elements.isEmpty()
                ? "fail"
                : elements.stream()
                        .map(attempt::formatted)
                        .collect(Collectors.joining(" | ", "first [", "]"));
    }

    private static String numbers(List<BigInteger> inner, boolean integers, String attempt) {
        Stream<BigInteger> small =
                Stream.iterate(0, i -> i + 1)
                        .limit(WITNESSES_UP_TO + 1)
                        .map(BigInteger::valueOf)
                        .flatMap(i ->
                                integers && i.signum() > 0
                                        ? Stream.of(i, i.negate())
                                        : Stream.of(i));
        return Stream.concat(inner.stream(), small)
                .filter(i -> integers || i.signum() >= 0)
                .distinct()
                .map(i -> attempt.formatted(integers ? "(" + i + ")%Z" : i + "%nat"))
                .collect(Collectors.joining(" | "));
    }
}
