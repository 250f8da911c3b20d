package assay.engine.kernel.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** A {@link PanelKernel} whose lanes are one vector of 512 bits. */
final class Panel512 implements PanelKernel {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
    private static final long ROW_2 = 2 * STRIDE_BYTES;
    private static final long ROW_3 = 3 * STRIDE_BYTES;
    private static final long INPUT = GROUP * LANES_BYTES;

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
    }

    private static void store(FloatVector vector, long address) {
        vector.intoMemorySegment(Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Sixteen accumulators, eight loads and sixteen multiplications a round. The end is looked for
     * with {@code !=}: the compiler unrolls a loop that counts, and then has too few registers.
     */
    @Override
    public void tile(long rows, long inputs, long bytes, long sums) {
        FloatVector a0 = load(sums);
        FloatVector b0 = load(sums + LANES_BYTES);
        FloatVector c0 = load(sums + 2 * LANES_BYTES);
        FloatVector d0 = load(sums + 3 * LANES_BYTES);
        FloatVector a1 = load(sums + INPUT);
        FloatVector b1 = load(sums + INPUT + LANES_BYTES);
        FloatVector c1 = load(sums + INPUT + 2 * LANES_BYTES);
        FloatVector d1 = load(sums + INPUT + 3 * LANES_BYTES);
        FloatVector a2 = load(sums + 2 * INPUT);
        FloatVector b2 = load(sums + 2 * INPUT + LANES_BYTES);
        FloatVector c2 = load(sums + 2 * INPUT + 2 * LANES_BYTES);
        FloatVector d2 = load(sums + 2 * INPUT + 3 * LANES_BYTES);
        FloatVector a3 = load(sums + 3 * INPUT);
        FloatVector b3 = load(sums + 3 * INPUT + LANES_BYTES);
        FloatVector c3 = load(sums + 3 * INPUT + 2 * LANES_BYTES);
        FloatVector d3 = load(sums + 3 * INPUT + 3 * LANES_BYTES);
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
        store(a0, sums);
        store(b0, sums + LANES_BYTES);
        store(c0, sums + 2 * LANES_BYTES);
        store(d0, sums + 3 * LANES_BYTES);
        store(a1, sums + INPUT);
        store(b1, sums + INPUT + LANES_BYTES);
        store(c1, sums + INPUT + 2 * LANES_BYTES);
        store(d1, sums + INPUT + 3 * LANES_BYTES);
        store(a2, sums + 2 * INPUT);
        store(b2, sums + 2 * INPUT + LANES_BYTES);
        store(c2, sums + 2 * INPUT + 2 * LANES_BYTES);
        store(d2, sums + 2 * INPUT + 3 * LANES_BYTES);
        store(a3, sums + 3 * INPUT);
        store(b3, sums + 3 * INPUT + LANES_BYTES);
        store(c3, sums + 3 * INPUT + 2 * LANES_BYTES);
        store(d3, sums + 3 * INPUT + 3 * LANES_BYTES);
    }

    @Override
    public void column(long rows, long inputs, long bytes, long sums) {
        FloatVector a = load(sums);
        FloatVector b = load(sums + LANES_BYTES);
        FloatVector c = load(sums + 2 * LANES_BYTES);
        FloatVector d = load(sums + 3 * LANES_BYTES);
        for (int i = 0; i < bytes; i += (int) LANES_BYTES) {
            FloatVector x = load(inputs + i);
            long w = rows + i;
            a = load(w).fma(x, a);
            b = load(w + STRIDE_BYTES).fma(x, b);
            c = load(w + ROW_2).fma(x, c);
            d = load(w + ROW_3).fma(x, d);
        }
        store(a, sums);
        store(b, sums + LANES_BYTES);
        store(c, sums + 2 * LANES_BYTES);
        store(d, sums + 3 * LANES_BYTES);
    }
}
