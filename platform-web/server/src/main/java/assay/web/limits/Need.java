package assay.web.limits;

/**
 * What a request needs at most, or what it used in the end. Immutable.
 *
 * @param concurrent slots held until the request ends
 */
public record Need(
        long requests, long concurrent, long inputTokens, long outputTokens, long batchItems) {
    public static final Need NOTHING = new Need(0, 0, 0, 0, 0);

    public Need {
        if (requests < 0
                || concurrent < 0
                || inputTokens < 0
                || outputTokens < 0
                || batchItems < 0) {
            throw new IllegalArgumentException(
                    "need: "
                            + requests
                            + ", "
                            + concurrent
                            + ", "
                            + inputTokens
                            + ", "
                            + outputTokens
                            + ", "
                            + batchItems
                            + " (expected: nothing below 0)");
        }
    }

    /** One generation that somebody asks for. */
    public static Need generation(long inputTokens, long outputTokens) {
        return new Need(1, 1, inputTokens, outputTokens, 0);
    }

    /** Tokens of a request that was counted already. */
    public static Need tokens(long inputTokens, long outputTokens) {
        return new Need(0, 0, inputTokens, outputTokens, 0);
    }

    /** A request whose tokens are asked for as it goes on. */
    public static Need request() {
        return new Need(1, 1, 0, 0, 0);
    }

    public static Need items(long batchItems) {
        return new Need(0, 0, 0, 0, batchItems);
    }
}
