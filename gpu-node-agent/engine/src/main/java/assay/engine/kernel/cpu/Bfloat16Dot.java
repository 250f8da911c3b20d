package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Lanes.load;
import static assay.engine.kernel.cpu.Lanes.loadInts;
import static assay.engine.kernel.cpu.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Dot products with bfloat16 weights. A bfloat16 is the upper half of a float, so eight 32-bit
 * lanes hold sixteen weights: shifted up they are those of even index, masked those of odd index,
 * and no conversion is needed. Inputs are laid out to match: of each sixteen, first the even ones.
 */
final class Bfloat16Dot implements DotKernel {
    private static final int UPPER_HALF = 0xFFFF0000;

    @Override
    public int bytes() {
        return Short.BYTES;
    }

    @Override
    public void prepare(long x, long prepared, int width) {
        int whole = width - width % ROUND;
        for (int i = 0; i < whole; i += ROUND) {
            for (int lane = 0; lane < Lanes.COUNT; lane++) {
                long from = x + (i + 2L * lane) * Float.BYTES;
                long to = prepared + (i + (long) lane) * Float.BYTES;
                Memory.setFloat(to, Memory.getFloat(from));
                Memory.setFloat(to + Lanes.BYTES, Memory.getFloat(from + Float.BYTES));
            }
        }
        long done = (long) whole * Float.BYTES;
        Memory.copy(x + done, prepared + done, (long) (width - whole) * Float.BYTES);
    }

    private static FloatVector even(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHL, Short.SIZE).reinterpretAsFloats();
    }

    private static FloatVector odd(IntVector pairs) {
        return pairs.and(UPPER_HALF).reinterpretAsFloats();
    }

    @Override
    public float tail(float sum, long weight, long input, int width) {
        float total = sum;
        for (int i = width - width % ROUND; i < width; i++) {
            float w = Memory.getBfloat16(weight + (long) i * Short.BYTES);
            total = Math.fma(w, Memory.getFloat(input + (long) i * Float.BYTES), total);
        }
        return total;
    }

    @Override
    public void rows(long weight, long input, int width, long sums) {
        long stride = (long) width * Short.BYTES;
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int whole = width - width % ROUND;
        for (int i = 0; i < whole; i += ROUND) {
            long x = input + (long) i * Float.BYTES;
            long w = weight + (long) i * Short.BYTES;
            FloatVector low = load(x);
            FloatVector high = load(x + Lanes.BYTES);
            IntVector w0 = loadInts(w);
            s0 = odd(w0).fma(high, even(w0).fma(low, s0));
            IntVector w1 = loadInts(w + stride);
            s1 = odd(w1).fma(high, even(w1).fma(low, s1));
            IntVector w2 = loadInts(w + 2 * stride);
            s2 = odd(w2).fma(high, even(w2).fma(low, s2));
            IntVector w3 = loadInts(w + 3 * stride);
            s3 = odd(w3).fma(high, even(w3).fma(low, s3));
        }
        store(s0, sums);
        store(s1, sums + Lanes.BYTES);
        store(s2, sums + 2 * Lanes.BYTES);
        store(s3, sums + 3 * Lanes.BYTES);
    }

    @Override
    public void tile(long weight, long inputs, int width, long sums) {
        long rowBytes = (long) width * Short.BYTES;
        long inputBytes = (long) width * Float.BYTES;
        FloatVector a0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector b2 = a0;
        FloatVector b3 = a0;
        int whole = width - width % ROUND;
        for (int i = 0; i < whole; i += ROUND) {
            long w = weight + (long) i * Short.BYTES;
            long x = inputs + (long) i * Float.BYTES;
            IntVector wa = loadInts(w);
            FloatVector aEven = even(wa);
            FloatVector aOdd = odd(wa);
            IntVector wb = loadInts(w + rowBytes);
            FloatVector bEven = even(wb);
            FloatVector bOdd = odd(wb);
            FloatVector low = load(x);
            FloatVector high = load(x + Lanes.BYTES);
            a0 = aOdd.fma(high, aEven.fma(low, a0));
            b0 = bOdd.fma(high, bEven.fma(low, b0));
            low = load(x + inputBytes);
            high = load(x + inputBytes + Lanes.BYTES);
            a1 = aOdd.fma(high, aEven.fma(low, a1));
            b1 = bOdd.fma(high, bEven.fma(low, b1));
            low = load(x + 2 * inputBytes);
            high = load(x + 2 * inputBytes + Lanes.BYTES);
            a2 = aOdd.fma(high, aEven.fma(low, a2));
            b2 = bOdd.fma(high, bEven.fma(low, b2));
            low = load(x + 3 * inputBytes);
            high = load(x + 3 * inputBytes + Lanes.BYTES);
            a3 = aOdd.fma(high, aEven.fma(low, a3));
            b3 = bOdd.fma(high, bEven.fma(low, b3));
        }
        store(a0, sums);
        store(b0, sums + Lanes.BYTES);
        store(a1, sums + 2 * Lanes.BYTES);
        store(b1, sums + 3 * Lanes.BYTES);
        store(a2, sums + 4 * Lanes.BYTES);
        store(b2, sums + 5 * Lanes.BYTES);
        store(a3, sums + 6 * Lanes.BYTES);
        store(b3, sums + 7 * Lanes.BYTES);
    }

    @Override
    public float one(long weight, long input, int width) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        int whole = width - width % ROUND;
        for (int i = 0; i < whole; i += ROUND) {
            long x = input + (long) i * Float.BYTES;
            IntVector w = loadInts(weight + (long) i * Short.BYTES);
            sum = odd(w).fma(load(x + Lanes.BYTES), even(w).fma(load(x), sum));
        }
        return Lanes.sum(sum);
    }
}
