package assay.engine.kernel.cpu;

/**
 * Dot products of weight rows with inputs, for one type of weight. The three shapes differ in how
 * many products they do at once and in nothing else: each product is summed in one accumulator of
 * {@link Lanes#COUNT} lanes, sixteen elements after the other, then over the lanes, then over the
 * tail. So a product has the same bits whatever shape computed it.
 *
 * <p>Inputs are prepared by {@link #prepare}. Addresses, sizes in elements; outputs are (T, N) f32
 * and set or added to.
 */
interface DotKernel {
    /** Elements that one round takes; the rest of a row is its tail. */
    int ROUND = 2 * Lanes.COUNT;

    /** Rows of {@link #rows}. */
    int ROWS = 4;

    /** Rows and inputs of {@link #tile}. */
    int TILE_ROWS = 2;

    int TILE_INPUTS = 4;

    /** Bytes of one weight. */
    int bytes();

    /** Lays out one input of {@code width} elements as the other methods read it. */
    void prepare(long x, long prepared, int width);

    /**
     * Four rows with one input.
     *
     * @param sums where the four accumulators go, row by row, not yet summed over their lanes
     */
    void rows(long weight, long input, int width, long sums);

    /**
     * Two rows with four inputs.
     *
     * @param sums where the accumulators go: both rows of the first input, then of the next
     */
    void tile(long weight, long inputs, int width, long sums);

    /** The accumulator of one row with one input, summed over its lanes. */
    float one(long weight, long input, int width);

    /** Adds the products of the tail to what the rounds gave. */
    float tail(float sum, long weight, long input, int width);
}
