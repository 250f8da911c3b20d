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
    int ROWS = 8;

    /** Rows and inputs of {@link #tile}. */
    int TILE_ROWS = 2;

    int TILE_INPUTS = 4;

    /** Bytes of one weight. */
    int bytes();

    /** Lays out one input of {@code width} elements as the other methods read it. */
    void prepare(long x, long prepared, int width);

    /** Eight rows with one input; {@code out} is where the first goes, the others follow. */
    void rows(long weight, long input, int width, long out, boolean add);

    /**
     * Two rows with four inputs.
     *
     * @param outStride bytes from one token's output to the next
     */
    void tile(long weight, long inputs, int width, long out, long outStride, boolean add);

    /** One row with one input. */
    void one(long weight, long input, int width, long out, boolean add);

    /** Sets or adds to an output. */
    static void put(long out, float value, boolean add) {
        Memory.setFloat(out, add ? Memory.getFloat(out) + value : value);
    }
}
