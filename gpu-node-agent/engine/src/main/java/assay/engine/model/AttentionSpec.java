package assay.engine.model;

/** The attention of one layer. Immutable. */
public sealed interface AttentionSpec {
    int heads();

    /** Key/value heads that the cache keeps. */
    int cachedHeads();

    /** Elements of one cached key. */
    int keyDim();

    /** Elements of one cached value. */
    int valueDim();

    /** Elements of a head that rotary positions turn. */
    int turnedDim();

    /** What each score is multiplied by. */
    float scale();

    /** Positions that a token sees, its own included; 0 is no limit. */
    int window();

    /** Width of what the output projection reads. */
    int outputWidth();

    /** Elements of the cached keys and values of one position. */
    default int cachedWidth() {
        return cachedHeads() * (keyDim() + valueDim());
    }

    /**
     * Groups of query heads share a key/value head. Source: arXiv 2305.13245.
     *
     * @param headDim hiddenSize / heads unless the config says otherwise
     * @param inputBias the projections to queries, keys and values add a bias
     * @param outputBias so does the one behind
     * @param headNorms each head of queries and keys is normalised before it is turned
     * @param window 0 for all positions
     */
    record GroupedQuery(
            int heads,
            int kvHeads,
            int headDim,
            boolean inputBias,
            boolean outputBias,
            boolean headNorms,
            int window)
            implements AttentionSpec {
        @Override
        public int cachedHeads() {
            return kvHeads;
        }

        @Override
        public int keyDim() {
            return headDim;
        }

        @Override
        public int valueDim() {
            return headDim;
        }

        @Override
        public int turnedDim() {
            return headDim;
        }

        @Override
        public float scale() {
            return (float) (1 / Math.sqrt(headDim));
        }

        @Override
        public int outputWidth() {
            return heads * headDim;
        }
    }

    /**
     * Keys and values of all heads come from one latent row a token, which alone is cached beside
     * the turned part of the key. Source: DeepSeek-V2 (arXiv 2405.04434), 2.1.
     *
     * @param queryRank width that queries are squeezed through; 0 for none
     * @param latentRank width of the cached latent
     * @param plainDim elements of a head's key that are not turned
     * @param turnedDim elements that are, shared by all heads
     * @param headValueDim elements of a head's value
     * @param bias the first projections to queries and latent, and the one behind, add a bias
     * @param scale of the scores, with what the rotary scaling adds to it
     */
    record Latent(
            int heads,
            int queryRank,
            int latentRank,
            int plainDim,
            int turnedDim,
            int headValueDim,
            boolean bias,
            float scale)
            implements AttentionSpec {
        @Override
        public int cachedHeads() {
            return 1;
        }

        @Override
        public int keyDim() {
            return latentRank + turnedDim;
        }

        @Override
        public int valueDim() {
            return latentRank;
        }

        @Override
        public int window() {
            return 0;
        }

        @Override
        public int outputWidth() {
            return heads * headValueDim;
        }
    }
}
