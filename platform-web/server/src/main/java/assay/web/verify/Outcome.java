package assay.web.verify;

/** What the workflow came to. The first two carry the checker's acceptance, never a claim. */
sealed interface Outcome {
    /**
     * The kernel accepted the script.
     *
     * @param source the whole file it accepted
     */
    record Proved(String proof, String source) implements Outcome {}

    /**
     * The kernel accepted the negation at this point.
     *
     * @param source the whole file it accepted
     */
    record Refuted(String counterexample, String source) implements Outcome {}

    /**
     * Nothing was accepted.
     *
     * @param reason in English words that say what to try
     */
    record Undecided(NoVerdict cause, String reason) implements Outcome {}

    /** It could not be carried through. */
    record Failed(Failure failure) implements Outcome {}

    /** Somebody ended it meanwhile: there is nothing left to say. */
    record Stopped() implements Outcome {}
}
