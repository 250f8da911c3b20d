package assay.engine.kernel.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** A {@link PanelKernel} whose lanes are one vector of 512 bits. */
final class Panel512 implements PanelKernel {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
    private static final long ROW_2 = 2 * STRIDE_BYTES;
    private static final long ROW_3 = 3 * STRIDE_BYTES;
    private static final int INPUT = GROUP * LANES;

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
    }

    private static FloatVector load(float[] sums, int at) {
        return FloatVector.fromArray(FLOATS, sums, at);
    }

    /**
     * Sixteen accumulators, eight loads and sixteen multiplications a round. The end is looked for
     * with {@code !=}: the compiler unrolls a loop that counts, and then has too few registers. The
     * sums are in an array: as many stores to native memory are more than it inlines, and each that
     * it does not costs an object.
     */
    @Override
    public void tile(long rows, long inputs, long bytes, float[] sums, int at) {
        FloatVector a0 = load(sums, at);
        FloatVector b0 = load(sums, at + LANES);
        FloatVector c0 = load(sums, at + 2 * LANES);
        FloatVector d0 = load(sums, at + 3 * LANES);
        FloatVector a1 = load(sums, at + INPUT);
        FloatVector b1 = load(sums, at + INPUT + LANES);
        FloatVector c1 = load(sums, at + INPUT + 2 * LANES);
        FloatVector d1 = load(sums, at + INPUT + 3 * LANES);
        FloatVector a2 = load(sums, at + 2 * INPUT);
        FloatVector b2 = load(sums, at + 2 * INPUT + LANES);
        FloatVector c2 = load(sums, at + 2 * INPUT + 2 * LANES);
        FloatVector d2 = load(sums, at + 2 * INPUT + 3 * LANES);
        FloatVector a3 = load(sums, at + 3 * INPUT);
        FloatVector b3 = load(sums, at + 3 * INPUT + LANES);
        FloatVector c3 = load(sums, at + 3 * INPUT + 2 * LANES);
        FloatVector d3 = load(sums, at + 3 * INPUT + 3 * LANES);
        long end = rows + bytes;
        for (long w = rows, x = inputs; w != end; w += LANES_BYTES, x += LANES_BYTES) {
            FloatVector x0 = load(x);
            FloatVector x1 = load(x + STRIDE_BYTES);
            FloatVector x2 = load(x + ROW_2);
            FloatVector x3 = load(x + ROW_3);
            FloatVector row = load(w);
            a0 = row.fma(x0, a0);
            a1 = row.fma(x1, a1);
            a2 = row.fma(x2, a2);
            a3 = row.fma(x3, a3);
            row = load(w + STRIDE_BYTES);
            b0 = row.fma(x0, b0);
            b1 = row.fma(x1, b1);
            b2 = row.fma(x2, b2);
            b3 = row.fma(x3, b3);
            row = load(w + ROW_2);
            c0 = row.fma(x0, c0);
            c1 = row.fma(x1, c1);
            c2 = row.fma(x2, c2);
            c3 = row.fma(x3, c3);
            row = load(w + ROW_3);
            d0 = row.fma(x0, d0);
            d1 = row.fma(x1, d1);
            d2 = row.fma(x2, d2);
            d3 = row.fma(x3, d3);
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + LANES);
        c0.intoArray(sums, at + 2 * LANES);
        d0.intoArray(sums, at + 3 * LANES);
        a1.intoArray(sums, at + INPUT);
        b1.intoArray(sums, at + INPUT + LANES);
        c1.intoArray(sums, at + INPUT + 2 * LANES);
        d1.intoArray(sums, at + INPUT + 3 * LANES);
        a2.intoArray(sums, at + 2 * INPUT);
        b2.intoArray(sums, at + 2 * INPUT + LANES);
        c2.intoArray(sums, at + 2 * INPUT + 2 * LANES);
        d2.intoArray(sums, at + 2 * INPUT + 3 * LANES);
        a3.intoArray(sums, at + 3 * INPUT);
        b3.intoArray(sums, at + 3 * INPUT + LANES);
        c3.intoArray(sums, at + 3 * INPUT + 2 * LANES);
        d3.intoArray(sums, at + 3 * INPUT + 3 * LANES);
    }

    @Override
    public void column(long rows, long input, long bytes, float[] sums, int at) {
        FloatVector a = load(sums, at);
        FloatVector b = load(sums, at + LANES);
        FloatVector c = load(sums, at + 2 * LANES);
        FloatVector d = load(sums, at + 3 * LANES);
        for (int i = 0; i < bytes; i += (int) LANES_BYTES) {
            FloatVector x = load(input + i);
            long w = rows + i;
            a = load(w).fma(x, a);
            b = load(w + COLUMN_STRIDE_BYTES).fma(x, b);
            c = load(w + 2 * COLUMN_STRIDE_BYTES).fma(x, c);
            d = load(w + 3 * COLUMN_STRIDE_BYTES).fma(x, d);
        }
        a.intoArray(sums, at);
        b.intoArray(sums, at + LANES);
        c.intoArray(sums, at + 2 * LANES);
        d.intoArray(sums, at + 3 * LANES);
    }
}
