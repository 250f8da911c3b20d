package assay.engine.stage.cuda;

/** The numbers of tokens that decode steps are filled up to, so that few graphs serve all. */
final class Buckets {
    private static final int DOUBLED_MAX = 16;
    private static final int EIGHTS_MAX = 64;
    private static final int LARGE_STEP = 64;

    private Buckets() {}

    /** The smallest bucket that holds so many: powers of two, then multiples of 8, then of 64. */
    static int of(int tokens) {
        if (tokens <= DOUBLED_MAX) {
            return tokens <= 1 ? 1 : Integer.highestOneBit(tokens - 1) << 1;
        }
        int step = tokens <= EIGHTS_MAX ? 8 : LARGE_STEP;
        return Math.ceilDiv(tokens, step) * step;
    }
}
