package assay.engine.model;

/** The heads of grouped-query attention, as all families but DeepSeek spell them. */
record GroupedHeads(int heads, int kvHeads, int headDim) {
    /**
     * The head size follows the hidden size where the config names none.
     *
     * @param defaultKvHeads where the config does not name them; null in it means all heads
     */
    static GroupedHeads read(JsonFields config, int defaultKvHeads) {
        if (config.has("head_dim")) {
            return checked(config, defaultKvHeads, config.count("head_dim"));
        }
        int heads = config.count("num_attention_heads");
        int hidden = config.count("hidden_size");
        if (hidden % heads != 0) {
            throw config.wrong("num_attention_heads", "a divisor of " + hidden);
        }
        return checked(config, defaultKvHeads, hidden / heads);
    }

    /** The head size is a number of its own where the config names none. */
    static GroupedHeads read(JsonFields config, int defaultKvHeads, int defaultHeadDim) {
        return checked(config, defaultKvHeads, config.count("head_dim", defaultHeadDim));
    }

    private static GroupedHeads checked(JsonFields config, int defaultKvHeads, int headDim) {
        int heads = config.count("num_attention_heads");
        int kvHeads =
                config.isNull("num_key_value_heads")
                        ? heads
                        : config.count("num_key_value_heads", defaultKvHeads);
        if (heads % kvHeads != 0) {
            throw config.wrong("num_key_value_heads", "a divisor of " + heads);
        }
        if (headDim % 2 != 0) {
            throw config.wrong("head_dim", "an even number");
        }
        requireWidth(config, "num_attention_heads", (long) heads * headDim);
        return new GroupedHeads(heads, kvHeads, headDim);
    }

    static void requireWidth(JsonFields config, String name, long width) {
        if (width > JsonFields.WIDTH_MAX) {
            throw config.wrong(name, "rows of at most " + JsonFields.WIDTH_MAX + " elements");
        }
    }

    /** Without biases and norms. */
    AttentionSpec plain(int window) {
        return attention(false, false, false, window);
    }

    AttentionSpec attention(boolean inputBias, boolean outputBias, boolean headNorms, int window) {
        return new AttentionSpec.GroupedQuery(
                heads, kvHeads, headDim, inputBias, outputBias, headNorms, window);
    }
}
