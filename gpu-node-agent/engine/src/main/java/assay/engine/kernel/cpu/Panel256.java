package assay.engine.kernel.cpu;

import jdk.incubator.vector.FloatVector;

/**
 * A {@link PanelKernel} for vectors of 256 bits: the lower eight lanes in one pass, the upper eight
 * in another. Sixteen registers hold the sums of two rows with four inputs.
 */
final class Panel256 implements PanelKernel {
    private static final int INPUT = GROUP * LANES;

    private static FloatVector load(float[] sums, int at) {
        return FloatVector.fromArray(Lanes.FLOATS, sums, at);
    }

    @Override
    public void tile(long rows, long inputs, long bytes, float[] sums, int at) {
        for (int half = 0; half < LANES; half += Lanes.COUNT) {
            long skip = half * (long) Float.BYTES;
            quarter(rows + skip, inputs + skip, bytes, sums, at + half);
            quarter(
                    rows + skip + 2 * STRIDE_BYTES,
                    inputs + skip,
                    bytes,
                    sums,
                    at + half + 2 * LANES);
        }
    }

    /** Two rows, half of the lanes. */
    private static void quarter(long rows, long inputs, long bytes, float[] sums, int at) {
        FloatVector a0 = load(sums, at);
        FloatVector b0 = load(sums, at + LANES);
        FloatVector a1 = load(sums, at + INPUT);
        FloatVector b1 = load(sums, at + INPUT + LANES);
        FloatVector a2 = load(sums, at + 2 * INPUT);
        FloatVector b2 = load(sums, at + 2 * INPUT + LANES);
        FloatVector a3 = load(sums, at + 3 * INPUT);
        FloatVector b3 = load(sums, at + 3 * INPUT + LANES);
        long end = rows + bytes;
        for (long w = rows, x = inputs; w != end; w += LANES_BYTES, x += LANES_BYTES) {
            FloatVector a = Lanes.load(w);
            FloatVector b = Lanes.load(w + STRIDE_BYTES);
            FloatVector input = Lanes.load(x);
            a0 = a.fma(input, a0);
            b0 = b.fma(input, b0);
            input = Lanes.load(x + STRIDE_BYTES);
            a1 = a.fma(input, a1);
            b1 = b.fma(input, b1);
            input = Lanes.load(x + 2 * STRIDE_BYTES);
            a2 = a.fma(input, a2);
            b2 = b.fma(input, b2);
            input = Lanes.load(x + 3 * STRIDE_BYTES);
            a3 = a.fma(input, a3);
            b3 = b.fma(input, b3);
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + LANES);
        a1.intoArray(sums, at + INPUT);
        b1.intoArray(sums, at + INPUT + LANES);
        a2.intoArray(sums, at + 2 * INPUT);
        b2.intoArray(sums, at + 2 * INPUT + LANES);
        a3.intoArray(sums, at + 3 * INPUT);
        b3.intoArray(sums, at + 3 * INPUT + LANES);
    }

    @Override
    public void column(long rows, long input, long bytes, float[] sums, int at) {
        for (int half = 0; half < LANES; half += Lanes.COUNT) {
            long skip = half * (long) Float.BYTES;
            half(rows + skip, input + skip, bytes, sums, at + half);
        }
    }

    private static void half(long rows, long input, long bytes, float[] sums, int at) {
        FloatVector a = load(sums, at);
        FloatVector b = load(sums, at + LANES);
        FloatVector c = load(sums, at + 2 * LANES);
        FloatVector d = load(sums, at + 3 * LANES);
        for (int i = 0; i < bytes; i += (int) LANES_BYTES) {
            FloatVector x = Lanes.load(input + i);
            long w = rows + i;
            a = Lanes.load(w).fma(x, a);
            b = Lanes.load(w + COLUMN_STRIDE_BYTES).fma(x, b);
            c = Lanes.load(w + 2 * COLUMN_STRIDE_BYTES).fma(x, c);
            d = Lanes.load(w + 3 * COLUMN_STRIDE_BYTES).fma(x, d);
        }
        a.intoArray(sums, at);
        b.intoArray(sums, at + LANES);
        c.intoArray(sums, at + 2 * LANES);
        d.intoArray(sums, at + 3 * LANES);
    }
}
