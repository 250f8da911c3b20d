package assay.engine.model;

/** How many experts there are and how many a token goes through. */
record ExpertCounts(int count, int perToken) {
    private static final int COUNT_MAX = 1 << 16;

    /**
     * @param key the field that names the count
     * @param alias the field that newer or older files name it by; both may stand there if they say
     *     the same
     */
    static ExpertCounts read(
            JsonFields config, String key, String alias, int defaultCount, int defaultPerToken) {
        int count =
                config.has(key) || !config.has(alias)
                        ? config.natural(key, defaultCount)
                        : config.natural(alias, defaultCount);
        if (config.has(alias) && config.natural(alias, 0) != count) {
            throw config.wrong(alias, count + ", as " + key + " says");
        }
        int perToken = config.count("num_experts_per_tok", defaultPerToken);
        if (count > COUNT_MAX) {
            throw config.wrong(config.has(key) ? key : alias, "at most " + COUNT_MAX);
        }
        if (count > 0 && perToken > count) {
            throw config.wrong("num_experts_per_tok", "at most " + count);
        }
        return new ExpertCounts(count, perToken);
    }

    FeedForwardSpec.Experts softmax(int inner, boolean normalised) {
        return new FeedForwardSpec.Experts(
                count, perToken, inner, 0, new FeedForwardSpec.Router.Softmax(normalised));
    }
}
