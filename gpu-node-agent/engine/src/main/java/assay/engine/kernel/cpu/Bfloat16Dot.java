package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Lanes.load;
import static assay.engine.kernel.cpu.Lanes.loadInts;

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

    /** The lanes' sum and the products behind the last whole round, in order. */
    private static float total(FloatVector sum, long weight, long input, int width) {
        float total = Lanes.sum(sum);
        for (int i = width - width % ROUND; i < width; i++) {
            float w = Memory.getBfloat16(weight + (long) i * Short.BYTES);
            total = Math.fma(w, Memory.getFloat(input + (long) i * Float.BYTES), total);
        }
        return total;
    }

    @Override
    public void rows(long weight, long input, int width, long out, boolean add) {
        long stride = (long) width * Short.BYTES;
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        FloatVector s7 = s0;
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
            IntVector w4 = loadInts(w + 4 * stride);
            s4 = odd(w4).fma(high, even(w4).fma(low, s4));
            IntVector w5 = loadInts(w + 5 * stride);
            s5 = odd(w5).fma(high, even(w5).fma(low, s5));
            IntVector w6 = loadInts(w + 6 * stride);
            s6 = odd(w6).fma(high, even(w6).fma(low, s6));
            IntVector w7 = loadInts(w + 7 * stride);
            s7 = odd(w7).fma(high, even(w7).fma(low, s7));
        }
        DotKernel.put(out, total(s0, weight, input, width), add);
        DotKernel.put(out + 4, total(s1, weight + stride, input, width), add);
        DotKernel.put(out + 8, total(s2, weight + 2 * stride, input, width), add);
        DotKernel.put(out + 12, total(s3, weight + 3 * stride, input, width), add);
        DotKernel.put(out + 16, total(s4, weight + 4 * stride, input, width), add);
        DotKernel.put(out + 20, total(s5, weight + 5 * stride, input, width), add);
        DotKernel.put(out + 24, total(s6, weight + 6 * stride, input, width), add);
        DotKernel.put(out + 28, total(s7, weight + 7 * stride, input, width), add);
    }

    @Override
    public void tile(long weight, long inputs, int width, long out, long outStride, boolean add) {
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
        long second = weight + rowBytes;
        long in = inputs;
        DotKernel.put(out, total(a0, weight, in, width), add);
        DotKernel.put(out + 4, total(b0, second, in, width), add);
        in += inputBytes;
        out += outStride;
        DotKernel.put(out, total(a1, weight, in, width), add);
        DotKernel.put(out + 4, total(b1, second, in, width), add);
        in += inputBytes;
        out += outStride;
        DotKernel.put(out, total(a2, weight, in, width), add);
        DotKernel.put(out + 4, total(b2, second, in, width), add);
        in += inputBytes;
        out += outStride;
        DotKernel.put(out, total(a3, weight, in, width), add);
        DotKernel.put(out + 4, total(b3, second, in, width), add);
    }

    @Override
    public void one(long weight, long input, int width, long out, boolean add) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        int whole = width - width % ROUND;
        for (int i = 0; i < whole; i += ROUND) {
            long x = input + (long) i * Float.BYTES;
            IntVector w = loadInts(weight + (long) i * Short.BYTES);
            sum = odd(w).fma(load(x + Lanes.BYTES), even(w).fma(load(x), sum));
        }
        DotKernel.put(out, total(sum, weight, input, width), add);
    }
}
