package assay.web.console.verify;

/** Conjectures to begin with: of each kind that the reference model was trained on. */
enum Example {
    COMMUTES("example.propositional", "forall A B : Prop, A /\\ B -> B /\\ A"),
    DE_MORGAN("example.classical", "forall P Q : Prop, ~ (P /\\ Q) -> ~ P \\/ ~ Q"),
    CONVERSE("example.propositional-false", "forall P Q : Prop, (P -> Q) -> Q -> P"),
    PARITY(
            "example.arithmetic",
            "forall n m : nat, Nat.Even n -> Nat.Odd m -> Nat.Odd (3 * n + m + 2)"),
    LINEAR("example.integers", "forall x y : Z, (3 * x < y -> 1 + 3 * x <= y)%Z"),
    TRUNCATED("example.arithmetic-false", "forall n m : nat, n - m + m = n"),
    ALL_AND(
            "example.quantifiers",
            "forall (T : Type) (P Q : T -> Prop), (forall x : T, P x /\\ Q x) -> (forall x : T, P"
                    + " x) /\\ (forall x : T, Q x)"),
    ALL_OR(
            "example.quantifiers-false",
            "forall (T : Type) (P Q : T -> Prop), (forall x : T, P x \\/ Q x) -> (forall x : T, P"
                    + " x) \\/ (forall x : T, Q x)");

    private final String nameKey;
    private final String statement;

    Example(String nameKey, String statement) {
        this.nameKey = nameKey;
        this.statement = statement;
    }

    String nameKey() {
        return nameKey;
    }

    String statement() {
        return statement;
    }
}
