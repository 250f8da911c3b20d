package assay.engine.kernel.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A {@link PanelKernel} whose lanes are one vector of 512 bits. All is in arrays but for the one
 * input: a load from native memory is so much code that the compiler stops inlining after a dozen,
 * and each that it does not inline costs an object (nor does it inline two dozen from arrays).
 * Loops look for their end with {@code !=}: the compiler unrolls a loop that counts, and then has
 * too few registers.
 */
final class Panel512 implements PanelKernel {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
    private static final int INPUT = TILE * LANES;
    private static final int ROWS = 16;

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
    }

    private static FloatVector load(float[] values, int at) {
        return FloatVector.fromArray(FLOATS, values, at);
    }

    private static FloatVector spread(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }

    /** Sixteen accumulators, eight loads and sixteen multiplications a round. */
    @Override
    public void tile(
            float[] panel, int row, float[] inputs, int input, int length, float[] sums, int at) {
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
        int end = row + length;
        for (int w = row, x = input; w != end; w += LANES, x += LANES) {
            FloatVector x0 = load(inputs, x);
            FloatVector x1 = load(inputs, x + STRIDE);
            FloatVector x2 = load(inputs, x + 2 * STRIDE);
            FloatVector x3 = load(inputs, x + 3 * STRIDE);
            FloatVector weight = load(panel, w);
            a0 = weight.fma(x0, a0);
            a1 = weight.fma(x1, a1);
            a2 = weight.fma(x2, a2);
            a3 = weight.fma(x3, a3);
            weight = load(panel, w + STRIDE);
            b0 = weight.fma(x0, b0);
            b1 = weight.fma(x1, b1);
            b2 = weight.fma(x2, b2);
            b3 = weight.fma(x3, b3);
            weight = load(panel, w + 2 * STRIDE);
            c0 = weight.fma(x0, c0);
            c1 = weight.fma(x1, c1);
            c2 = weight.fma(x2, c2);
            c3 = weight.fma(x3, c3);
            weight = load(panel, w + 3 * STRIDE);
            d0 = weight.fma(x0, d0);
            d1 = weight.fma(x1, d1);
            d2 = weight.fma(x2, d2);
            d3 = weight.fma(x3, d3);
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
    public void column(float[] panel, long input, int length, float[] sums, int at) {
        FloatVector a = load(sums, at);
        FloatVector b = load(sums, at + LANES);
        FloatVector c = load(sums, at + 2 * LANES);
        FloatVector d = load(sums, at + 3 * LANES);
        for (int i = 0; i < length; i += LANES) {
            FloatVector x = load(input + (long) i * Float.BYTES);
            a = load(panel, i).fma(x, a);
            b = load(panel, i + COLUMN_STRIDE).fma(x, b);
            c = load(panel, i + 2 * COLUMN_STRIDE).fma(x, c);
            d = load(panel, i + 3 * COLUMN_STRIDE).fma(x, d);
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
            if (abreast == ABREAST) {
                one(panel, lane, inputs, from, steps, sums, to);
            } else {
                int half = ROWS / 2;
                two(panel, lane, inputs, from, steps, sums, to);
                two(
                        panel,
                        lane + half * STRIDE,
                        inputs,
                        from,
                        steps,
                        sums,
                        to + half * 2 * ABREAST);
            }
        }
    }

    /** Sixteen rows, sixteen inputs: a vector of inputs, and each row's element spread. */
    private static void one(
            float[] panel, int lane, float[] inputs, int input, int steps, float[] sums, int at) {
        FloatVector s0 = load(sums, at);
        FloatVector s1 = load(sums, at + ABREAST);
        FloatVector s2 = load(sums, at + 2 * ABREAST);
        FloatVector s3 = load(sums, at + 3 * ABREAST);
        FloatVector s4 = load(sums, at + 4 * ABREAST);
        FloatVector s5 = load(sums, at + 5 * ABREAST);
        FloatVector s6 = load(sums, at + 6 * ABREAST);
        FloatVector s7 = load(sums, at + 7 * ABREAST);
        FloatVector s8 = load(sums, at + 8 * ABREAST);
        FloatVector s9 = load(sums, at + 9 * ABREAST);
        FloatVector s10 = load(sums, at + 10 * ABREAST);
        FloatVector s11 = load(sums, at + 11 * ABREAST);
        FloatVector s12 = load(sums, at + 12 * ABREAST);
        FloatVector s13 = load(sums, at + 13 * ABREAST);
        FloatVector s14 = load(sums, at + 14 * ABREAST);
        FloatVector s15 = load(sums, at + 15 * ABREAST);
        int end = input + steps * ABREAST;
        for (int x = input, w = lane; x != end; x += ABREAST, w += LANES) {
            FloatVector column = load(inputs, x);
            s0 = spread(panel[w]).fma(column, s0);
            s1 = spread(panel[w + STRIDE]).fma(column, s1);
            s2 = spread(panel[w + 2 * STRIDE]).fma(column, s2);
            s3 = spread(panel[w + 3 * STRIDE]).fma(column, s3);
            s4 = spread(panel[w + 4 * STRIDE]).fma(column, s4);
            s5 = spread(panel[w + 5 * STRIDE]).fma(column, s5);
            s6 = spread(panel[w + 6 * STRIDE]).fma(column, s6);
            s7 = spread(panel[w + 7 * STRIDE]).fma(column, s7);
            s8 = spread(panel[w + 8 * STRIDE]).fma(column, s8);
            s9 = spread(panel[w + 9 * STRIDE]).fma(column, s9);
            s10 = spread(panel[w + 10 * STRIDE]).fma(column, s10);
            s11 = spread(panel[w + 11 * STRIDE]).fma(column, s11);
            s12 = spread(panel[w + 12 * STRIDE]).fma(column, s12);
            s13 = spread(panel[w + 13 * STRIDE]).fma(column, s13);
            s14 = spread(panel[w + 14 * STRIDE]).fma(column, s14);
            s15 = spread(panel[w + 15 * STRIDE]).fma(column, s15);
        }
        s0.intoArray(sums, at);
        s1.intoArray(sums, at + ABREAST);
        s2.intoArray(sums, at + 2 * ABREAST);
        s3.intoArray(sums, at + 3 * ABREAST);
        s4.intoArray(sums, at + 4 * ABREAST);
        s5.intoArray(sums, at + 5 * ABREAST);
        s6.intoArray(sums, at + 6 * ABREAST);
        s7.intoArray(sums, at + 7 * ABREAST);
        s8.intoArray(sums, at + 8 * ABREAST);
        s9.intoArray(sums, at + 9 * ABREAST);
        s10.intoArray(sums, at + 10 * ABREAST);
        s11.intoArray(sums, at + 11 * ABREAST);
        s12.intoArray(sums, at + 12 * ABREAST);
        s13.intoArray(sums, at + 13 * ABREAST);
        s14.intoArray(sums, at + 14 * ABREAST);
        s15.intoArray(sums, at + 15 * ABREAST);
    }

    /** Eight rows, thirty-two inputs: each element that is spread is used twice. */
    private static void two(
            float[] panel, int lane, float[] inputs, int input, int steps, float[] sums, int at) {
        FloatVector l0 = load(sums, at);
        FloatVector r0 = load(sums, at + ABREAST);
        FloatVector l1 = load(sums, at + 2 * ABREAST);
        FloatVector r1 = load(sums, at + 3 * ABREAST);
        FloatVector l2 = load(sums, at + 4 * ABREAST);
        FloatVector r2 = load(sums, at + 5 * ABREAST);
        FloatVector l3 = load(sums, at + 6 * ABREAST);
        FloatVector r3 = load(sums, at + 7 * ABREAST);
        FloatVector l4 = load(sums, at + 8 * ABREAST);
        FloatVector r4 = load(sums, at + 9 * ABREAST);
        FloatVector l5 = load(sums, at + 10 * ABREAST);
        FloatVector r5 = load(sums, at + 11 * ABREAST);
        FloatVector l6 = load(sums, at + 12 * ABREAST);
        FloatVector r6 = load(sums, at + 13 * ABREAST);
        FloatVector l7 = load(sums, at + 14 * ABREAST);
        FloatVector r7 = load(sums, at + 15 * ABREAST);
        int end = input + steps * 2 * ABREAST;
        for (int x = input, w = lane; x != end; x += 2 * ABREAST, w += LANES) {
            FloatVector left = load(inputs, x);
            FloatVector right = load(inputs, x + ABREAST);
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
            weight = spread(panel[w + 4 * STRIDE]);
            l4 = weight.fma(left, l4);
            r4 = weight.fma(right, r4);
            weight = spread(panel[w + 5 * STRIDE]);
            l5 = weight.fma(left, l5);
            r5 = weight.fma(right, r5);
            weight = spread(panel[w + 6 * STRIDE]);
            l6 = weight.fma(left, l6);
            r6 = weight.fma(right, r6);
            weight = spread(panel[w + 7 * STRIDE]);
            l7 = weight.fma(left, l7);
            r7 = weight.fma(right, r7);
        }
        l0.intoArray(sums, at);
        r0.intoArray(sums, at + ABREAST);
        l1.intoArray(sums, at + 2 * ABREAST);
        r1.intoArray(sums, at + 3 * ABREAST);
        l2.intoArray(sums, at + 4 * ABREAST);
        r2.intoArray(sums, at + 5 * ABREAST);
        l3.intoArray(sums, at + 6 * ABREAST);
        r3.intoArray(sums, at + 7 * ABREAST);
        l4.intoArray(sums, at + 8 * ABREAST);
        r4.intoArray(sums, at + 9 * ABREAST);
        l5.intoArray(sums, at + 10 * ABREAST);
        r5.intoArray(sums, at + 11 * ABREAST);
        l6.intoArray(sums, at + 12 * ABREAST);
        r6.intoArray(sums, at + 13 * ABREAST);
        l7.intoArray(sums, at + 14 * ABREAST);
        r7.intoArray(sums, at + 15 * ABREAST);
    }
}
