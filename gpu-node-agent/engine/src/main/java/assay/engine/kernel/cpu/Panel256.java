package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Lanes.load;
import static assay.engine.kernel.cpu.Lanes.store;

import jdk.incubator.vector.FloatVector;

/**
 * A {@link PanelKernel} for vectors of 256 bits: the lower eight lanes in one pass, the upper eight
 * in another. Sixteen registers hold the sums of two rows with four inputs.
 */
final class Panel256 implements PanelKernel {
    private static final long INPUT = GROUP * LANES_BYTES;

    @Override
    public void tile(long rows, long inputs, long bytes, long sums) {
        for (long half = 0; half < LANES_BYTES; half += Lanes.BYTES) {
            quarter(rows + half, inputs + half, bytes, sums + half);
            quarter(
                    rows + half + 2 * STRIDE_BYTES,
                    inputs + half,
                    bytes,
                    sums + half + 2 * LANES_BYTES);
        }
    }

    /** Two rows, half of the lanes. */
    private static void quarter(long rows, long inputs, long bytes, long sums) {
        FloatVector a0 = load(sums);
        FloatVector b0 = load(sums + LANES_BYTES);
        FloatVector a1 = load(sums + INPUT);
        FloatVector b1 = load(sums + INPUT + LANES_BYTES);
        FloatVector a2 = load(sums + 2 * INPUT);
        FloatVector b2 = load(sums + 2 * INPUT + LANES_BYTES);
        FloatVector a3 = load(sums + 3 * INPUT);
        FloatVector b3 = load(sums + 3 * INPUT + LANES_BYTES);
        long end = rows + bytes;
        for (long w = rows, x = inputs; w != end; w += LANES_BYTES, x += LANES_BYTES) {
            FloatVector a = load(w);
            FloatVector b = load(w + STRIDE_BYTES);
            FloatVector input = load(x);
            a0 = a.fma(input, a0);
            b0 = b.fma(input, b0);
            input = load(x + STRIDE_BYTES);
            a1 = a.fma(input, a1);
            b1 = b.fma(input, b1);
            input = load(x + 2 * STRIDE_BYTES);
            a2 = a.fma(input, a2);
            b2 = b.fma(input, b2);
            input = load(x + 3 * STRIDE_BYTES);
            a3 = a.fma(input, a3);
            b3 = b.fma(input, b3);
        }
        store(a0, sums);
        store(b0, sums + LANES_BYTES);
        store(a1, sums + INPUT);
        store(b1, sums + INPUT + LANES_BYTES);
        store(a2, sums + 2 * INPUT);
        store(b2, sums + 2 * INPUT + LANES_BYTES);
        store(a3, sums + 3 * INPUT);
        store(b3, sums + 3 * INPUT + LANES_BYTES);
    }

    @Override
    public void column(long rows, long inputs, long bytes, long sums) {
        for (long half = 0; half < LANES_BYTES; half += Lanes.BYTES) {
            half(rows + half, inputs + half, bytes, sums + half);
        }
    }

    private static void half(long rows, long inputs, long bytes, long sums) {
        FloatVector a = load(sums);
        FloatVector b = load(sums + LANES_BYTES);
        FloatVector c = load(sums + 2 * LANES_BYTES);
        FloatVector d = load(sums + 3 * LANES_BYTES);
        for (int i = 0; i < bytes; i += (int) LANES_BYTES) {
            FloatVector x = load(inputs + i);
            long w = rows + i;
            a = load(w).fma(x, a);
            b = load(w + STRIDE_BYTES).fma(x, b);
            c = load(w + 2 * STRIDE_BYTES).fma(x, c);
            d = load(w + 3 * STRIDE_BYTES).fma(x, d);
        }
        store(a, sums);
        store(b, sums + LANES_BYTES);
        store(c, sums + 2 * LANES_BYTES);
        store(d, sums + 3 * LANES_BYTES);
    }
}
