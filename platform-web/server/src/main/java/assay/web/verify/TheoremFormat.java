package assay.web.verify;

/** How one family of models is asked about a theorem and how it answers. Stateless. */
interface TheoremFormat {
    /** The whole prompt for a statement that {@link Statements} let pass. */
    String prompt(String statement);

    /** The longest answer that makes sense, in tokens. */
    int maxAnswerTokens();

    /**
     * Takes an answer apart; whatever the text, never an exception.
     *
     * @param cutOff whether the answer ended for its length and not by itself
     */
    Answer read(String output, boolean cutOff);
}
