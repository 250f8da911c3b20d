package assay.engine.kernel.cpu;

import assay.engine.kernel.DType;

/**
 * Products of the f32 rows of a panel with f32 inputs. Each product is summed in {@link #LANES}
 * lanes, element i in lane i mod 16, one element of a lane after the other, so it has the same bits
 * by whatever method and with whatever vectors it is computed, and chunk after chunk: the sums stay
 * in their lanes in between. At the end the lanes are added up in one order, that of {@link
 * Lanes#sum}.
 *
 * <p>Three shapes, for one, few and many inputs. The first two load rows and inputs along their
 * elements, so a vector is the sixteen lanes of one product. The third has inputs side by side in
 * the vectors and does one lane of all products at a time: a row's element, spread, meets the
 * elements of sixteen inputs at once, for which far less must be loaded.
 */
interface PanelKernel {
    /** Partial sums of a product. */
    int LANES = 16;

    long LANES_BYTES = (long) LANES * Float.BYTES;

    /** Rows, and inputs, of a tile. */
    int TILE = 4;

    /** Elements of a row that stand together: a panel of them fits the nearest cache. */
    int CHUNK = 512;

    /**
     * From one row of a panel to the next, and from one input of a tile. A cache line more than the
     * elements need: a power of two would lay all of them over the same few places of the cache.
     */
    int STRIDE = CHUNK + LANES;

    /** Elements that stand together when there is one input: long runs suit the memory better. */
    int COLUMN_CHUNK = 2_048;

    /** From one row to the next then. */
    int COLUMN_STRIDE = COLUMN_CHUNK + LANES;

    /** A tile's partial sums: of the first input with each row, then of the next. */
    int TILE_SUMS = TILE * TILE * LANES;

    /** Inputs that stand side by side for {@link #planes}: these, or twice as many. */
    int ABREAST = 16;

    /** Inputs, at most, that {@link #few} is faster for than a panel. */
    int FEW = 12;

    /** Rows that it takes. */
    int FEW_ROWS = 24;

    /**
     * Four rows with four inputs.
     *
     * @param row index of the first row's elements in the panel
     * @param input index of the first input's, {@link #STRIDE} before the next one's
     * @param length elements of each, whole {@link #LANES}
     * @param sums added to, from {@code at} on
     */
    void tile(float[] panel, int row, float[] inputs, int input, int length, float[] sums, int at);

    /** Four rows, {@link #COLUMN_STRIDE} apart, with the input at an address. */
    void column(float[] panel, long input, int length, float[] sums, int at);

    /** Rows of a panel, whole {@link #TILE}s. */
    int rows();

    /**
     * The rows of a panel with inputs that stand side by side: of each lane, the first element of
     * all inputs, then the second's, and after the last ones {@link #LANES} that do not count.
     *
     * @param input index of the first lane's first element
     * @param steps elements of an input in a lane
     * @param abreast inputs, {@link #ABREAST} or twice as many
     * @param sums added to, from {@code at} on: lane after lane, those of the first row with each
     *     input, then of the next
     */
    void planes(
            float[] panel, float[] inputs, int input, int steps, int abreast, float[] sums, int at);

    /**
     * Whether {@link #expand}, {@link #stored} and {@link #few} are there for rows of a type and a
     * width.
     */
    default boolean knows(DType type, int width) {
        return false;
    }

    /**
     * Part of some rows of a weight to a panel, as {@link Expander} does for a row.
     *
     * @param from first element, of a chunk
     * @param length elements of each, to the chunk's or the row's end
     */
    default void expand(
            Expander.Source rows, int first, int count, int from, int length, float[] panel) {
        throw new IllegalStateException(rows.type() + ": not known (see knows)");
    }

    /**
     * Some rows of a weight as they are stored with the input at an address.
     *
     * @param sums gets the lanes of each row, from the beginning; room for an even number of rows
     */
    default void stored(
            Expander.Source rows, int first, int count, long input, int width, float[] sums) {
        throw new IllegalStateException(rows.type() + ": not known (see knows)");
    }

    /**
     * Part of some rows of a weight, at most {@link #FEW_ROWS}, with a few inputs, which are as far
     * apart as rows of a panel.
     *
     * @param from first element
     * @param length elements of each, whole steps of 32
     * @param input index of the first input's
     * @param abreast inputs, 4 or 8
     * @param sums added to, from {@code at} on: the lanes of each row with the first input, then,
     *     {@link #FEW_ROWS} rows further, with the next
     */
    default void few(
            Expander.Source rows,
            int first,
            int count,
            int from,
            int length,
            float[] inputs,
            int input,
            int abreast,
            float[] sums,
            int at) {
        throw new IllegalStateException(rows.type() + ": not known (see knows)");
    }

    /** The fastest for this machine. */
    static PanelKernel fastest() {
        return PanelAvx512.open().orElseGet(PanelKernel::java);
    }

    /** The one in Java for this machine's vectors. */
    static PanelKernel java() {
        return Wide.COUNT == LANES ? new Panel512() : new Panel256();
    }
}
