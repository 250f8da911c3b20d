package assay.engine.model;

/** The feed-forward block of one layer, SwiGLU (arXiv 2002.05202) throughout. Immutable. */
public sealed interface FeedForwardSpec {
    /**
     * One block for all tokens.
     *
     * @param inner width between the projections
     * @param bias the three projections add one
     */
    record Dense(int inner, boolean bias) implements FeedForwardSpec {}

    /**
     * Each token goes through some of many blocks. Source: arXiv 2101.03961, Mixtral (arXiv
     * 2401.04088).
     *
     * @param count of experts
     * @param perToken experts that a token goes through
     * @param inner width between an expert's projections
     * @param sharedInner width of the block that every token goes through besides; 0 for none
     */
    record Experts(int count, int perToken, int inner, int sharedInner, Router router)
            implements FeedForwardSpec {}

    /** How the experts of a token are chosen and weighed. */
    sealed interface Router {
        /**
         * By softmax over all experts.
         *
         * @param normalised the weights of the chosen ones are divided by their sum
         */
        record Softmax(boolean normalised) implements Router {}

        /**
         * By sigmoid, from the best groups of experts only, with a bias that counts for the choice
         * alone. Source: DeepSeek-V3 (arXiv 2412.19437), 2.1.2.
         *
         * @param groups that the experts are cut into
         * @param groupsKept groups that a token may choose from, rated by their two best experts
         * @param normalised the weights of the chosen ones are divided by their sum
         * @param scale multiplies the weights
         */
        record GroupedSigmoid(int groups, int groupsKept, boolean normalised, float scale)
                implements Router {}
    }
}
