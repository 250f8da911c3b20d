package assay.engine.kernel.cpu;

/**
 * Products of f32 rows with f32 inputs, both laid out in groups of four: elements of a chunk, then
 * of the next row or input {@link #STRIDE_BYTES} further. Each product is summed in {@link #LANES}
 * lanes, sixteen elements after the other, so it has the same bits in whatever group, by whatever
 * method and with whatever vectors it is computed, and chunk after chunk: the sums stay in their
 * lanes in between, and {@link Lanes#sums} ends them.
 */
interface PanelKernel {
    /** Partial sums of a product. */
    int LANES = 16;

    long LANES_BYTES = (long) LANES * Float.BYTES;

    /** Rows or inputs of a group. */
    int GROUP = 4;

    /**
     * Elements of a row or an input that stand together: a group of each fits the nearest cache.
     */
    int CHUNK = 512;

    /**
     * From one row or input of a group to the next. A cache line more than the elements need: a
     * power of two would lay all of them over the same few places of the cache.
     */
    long STRIDE_BYTES = (CHUNK + LANES) * (long) Float.BYTES;

    long GROUP_BYTES = GROUP * STRIDE_BYTES;

    /** Elements that stand together when there is one input: long runs suit the memory better. */
    int COLUMN_CHUNK = 2_048;

    /** From one row to the next then. */
    long COLUMN_STRIDE_BYTES = (COLUMN_CHUNK + LANES) * (long) Float.BYTES;

    /** A group's partial sums: of the first input with each row, then of the next. */
    int SUMS = GROUP * GROUP * LANES;

    /**
     * Four rows with four inputs.
     *
     * @param bytes of the elements of each, whole {@link #LANES_BYTES}
     * @param sums added to, from {@code at} on
     */
    void tile(long rows, long inputs, long bytes, float[] sums, int at);

    /** Four rows, {@link #COLUMN_STRIDE_BYTES} apart, with one input. */
    void column(long rows, long input, long bytes, float[] sums, int at);

    /** The one for this machine's vectors. */
    static PanelKernel widest() {
        return Wide.COUNT == LANES ? new Panel512() : new Panel256();
    }
}
