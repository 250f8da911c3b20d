package assay.engine.kernel.cpu;

import jdk.incubator.vector.FloatVector;

/**
 * A {@link PanelKernel} for vectors of 256 bits, of which there are sixteen: the lower eight lanes
 * in one pass, the upper eight in another, and smaller tiles.
 */
final class Panel256 implements PanelKernel {
    private static final int INPUT = TILE * LANES;
    private static final int ROWS = 16;

    /** Rows of a plane done at once. */
    private static final int PLANE_ROWS = 4;

    private static FloatVector load(float[] values, int at) {
        return FloatVector.fromArray(Lanes.FLOATS, values, at);
    }

    private static FloatVector spread(float value) {
        return FloatVector.broadcast(Lanes.FLOATS, value);
    }

    @Override
    public void tile(
            float[] panel, int row, float[] inputs, int input, int length, float[] sums, int at) {
        for (int half = 0; half < LANES; half += Lanes.COUNT) {
            quarter(panel, row + half, inputs, input + half, length, sums, at + half);
            quarter(
                    panel,
                    row + half + 2 * STRIDE,
                    inputs,
                    input + half,
                    length,
                    sums,
                    at + half + 2 * LANES);
        }
    }

    /** Two rows, half of the lanes. */
    private static void quarter(
            float[] panel, int row, float[] inputs, int input, int length, float[] sums, int at) {
        FloatVector a0 = load(sums, at);
        FloatVector b0 = load(sums, at + LANES);
        FloatVector a1 = load(sums, at + INPUT);
        FloatVector b1 = load(sums, at + INPUT + LANES);
        FloatVector a2 = load(sums, at + 2 * INPUT);
        FloatVector b2 = load(sums, at + 2 * INPUT + LANES);
        FloatVector a3 = load(sums, at + 3 * INPUT);
        FloatVector b3 = load(sums, at + 3 * INPUT + LANES);
        int end = row + length;
        for (int w = row, x = input; w != end; w += LANES, x += LANES) {
            FloatVector a = load(panel, w);
            FloatVector b = load(panel, w + STRIDE);
            FloatVector column = load(inputs, x);
            a0 = a.fma(column, a0);
            b0 = b.fma(column, b0);
            column = load(inputs, x + STRIDE);
            a1 = a.fma(column, a1);
            b1 = b.fma(column, b1);
            column = load(inputs, x + 2 * STRIDE);
            a2 = a.fma(column, a2);
            b2 = b.fma(column, b2);
            column = load(inputs, x + 3 * STRIDE);
            a3 = a.fma(column, a3);
            b3 = b.fma(column, b3);
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
    public void column(float[] panel, long input, int length, float[] sums, int at) {
        for (int half = 0; half < LANES; half += Lanes.COUNT) {
            half(panel, half, input + (long) half * Float.BYTES, length, sums, at + half);
        }
    }

    private static void half(float[] panel, int row, long input, int length, float[] sums, int at) {
        FloatVector a = load(sums, at);
        FloatVector b = load(sums, at + LANES);
        FloatVector c = load(sums, at + 2 * LANES);
        FloatVector d = load(sums, at + 3 * LANES);
        for (int i = 0; i < length; i += LANES) {
            FloatVector x = Lanes.load(input + (long) i * Float.BYTES);
            int w = row + i;
            a = load(panel, w).fma(x, a);
            b = load(panel, w + COLUMN_STRIDE).fma(x, b);
            c = load(panel, w + 2 * COLUMN_STRIDE).fma(x, c);
            d = load(panel, w + 3 * COLUMN_STRIDE).fma(x, d);
        }
        a.intoArray(sums, at);
        b.intoArray(sums, at + LANES);
        c.intoArray(sums, at + 2 * LANES);
        d.intoArray(sums, at + 3 * LANES);
    }

    @Override
    public int rows() {
        return ROWS;
    }

    @Override
    public void planes(
            float[] panel,
            float[] inputs,
            int input,
            int steps,
            int abreast,
            float[] sums,
            int at) {
        int apart = steps * abreast + LANES;
        for (int lane = 0; lane < LANES; lane++) {
            int from = input + lane * apart;
            int to = at + lane * ROWS * abreast;
            for (int row = 0; row < ROWS; row += PLANE_ROWS) {
                for (int i = 0; i < abreast; i += ABREAST) {
                    part(
                            panel,
                            lane + row * STRIDE,
                            inputs,
                            from + i,
                            steps,
                            abreast,
                            sums,
                            to + row * abreast + i);
                }
            }
        }
    }

    /** Four rows with sixteen inputs. */
    private static void part(
            float[] panel,
            int lane,
            float[] inputs,
            int input,
            int steps,
            int abreast,
            float[] sums,
            int at) {
        FloatVector l0 = load(sums, at);
        FloatVector r0 = load(sums, at + Lanes.COUNT);
        FloatVector l1 = load(sums, at + abreast);
        FloatVector r1 = load(sums, at + abreast + Lanes.COUNT);
        FloatVector l2 = load(sums, at + 2 * abreast);
        FloatVector r2 = load(sums, at + 2 * abreast + Lanes.COUNT);
        FloatVector l3 = load(sums, at + 3 * abreast);
        FloatVector r3 = load(sums, at + 3 * abreast + Lanes.COUNT);
        int end = input + steps * abreast;
        for (int x = input, w = lane; x != end; x += abreast, w += LANES) {
            FloatVector left = load(inputs, x);
            FloatVector right = load(inputs, x + Lanes.COUNT);
            FloatVector weight = spread(panel[w]);
            l0 = weight.fma(left, l0);
            r0 = weight.fma(right, r0);
            weight = spread(panel[w + STRIDE]);
            l1 = weight.fma(left, l1);
            r1 = weight.fma(right, r1);
            weight = spread(panel[w + 2 * STRIDE]);
            l2 = weight.fma(left, l2);
            r2 = weight.fma(right, r2);
            weight = spread(panel[w + 3 * STRIDE]);
            l3 = weight.fma(left, l3);
            r3 = weight.fma(right, r3);
        }
        l0.intoArray(sums, at);
        r0.intoArray(sums, at + Lanes.COUNT);
        l1.intoArray(sums, at + abreast);
        r1.intoArray(sums, at + abreast + Lanes.COUNT);
        l2.intoArray(sums, at + 2 * abreast);
        r2.intoArray(sums, at + 2 * abreast + Lanes.COUNT);
        l3.intoArray(sums, at + 3 * abreast);
        r3.intoArray(sums, at + 3 * abreast + Lanes.COUNT);
    }
}
