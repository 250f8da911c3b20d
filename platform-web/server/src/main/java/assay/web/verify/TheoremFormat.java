package assay.web.verify;

/** How one family of models is asked about a theorem and how it answers. Stateless. */
interface TheoremFormat {
    /** The whole prompt for a statement that {@link Statements} let pass. */
    String prompt(String statement);

    /**
     * The words with which an answer that makes this claim begins: put behind the prompt, they
     * leave the model to argue for it. Empty for {@link Step.CandidateKind#NEITHER}.
     */
    String opening(Step.CandidateKind claim);

    /** The longest answer that makes sense, in tokens. */
    int maxAnswerTokens();

    /**
     * Takes an answer apart; whatever the text, never an exception.
     *
     * @param output what the model wrote, behind the opening that it was given
     * @param cutOff whether the answer ended for its length and not by itself
     */
    Answer read(String output, boolean cutOff);
}
