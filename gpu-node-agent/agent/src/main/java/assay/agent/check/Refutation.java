package assay.agent.check;

/** Placeholder. */
sealed interface Refutation {
    record Script(String definitions, String tactics) implements Refutation {}

    record Unusable(String reason, int offset) implements Refutation {}

    static Refutation of(String statement, String assignment, CheckLimits limits) {
        return new Unusable("no", 0);
    }

    static String explain(String coq) {
        return coq;
    }
}
