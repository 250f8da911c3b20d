package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Lanes.load;

import jdk.incubator.vector.FloatVector;

/** Dot products with float32 weights, eight and eight of each sixteen; inputs stay as they are. */
final class Float32Dot implements DotKernel {
    @Override
    public int bytes() {
        return Float.BYTES;
    }

    @Override
    public void prepare(long x, long prepared, int width) {
        Memory.copy(x, prepared, (long) width * Float.BYTES);
    }

    /** The lanes' sum and the products behind the last whole round, in order. */
    private static float total(FloatVector sum, long weight, long input, int width) {
        float total = Lanes.sum(sum);
        for (int i = width - width % ROUND; i < width; i++) {
            float w = Memory.getFloat(weight + (long) i * Float.BYTES);
            total = Math.fma(w, Memory.getFloat(input + (long) i * Float.BYTES), total);
        }
        return total;
    }

    @Override
    public void rows(long weight, long input, int width, long out, boolean add) {
        long stride = (long) width * Float.BYTES;
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
            long w = weight + (long) i * Float.BYTES;
            FloatVector low = load(x);
            FloatVector high = load(x + Lanes.BYTES);
            s0 = load(w + Lanes.BYTES).fma(high, load(w).fma(low, s0));
            s1 = load(w + stride + Lanes.BYTES).fma(high, load(w + stride).fma(low, s1));
            s2 = load(w + 2 * stride + Lanes.BYTES).fma(high, load(w + 2 * stride).fma(low, s2));
            s3 = load(w + 3 * stride + Lanes.BYTES).fma(high, load(w + 3 * stride).fma(low, s3));
            s4 = load(w + 4 * stride + Lanes.BYTES).fma(high, load(w + 4 * stride).fma(low, s4));
            s5 = load(w + 5 * stride + Lanes.BYTES).fma(high, load(w + 5 * stride).fma(low, s5));
            s6 = load(w + 6 * stride + Lanes.BYTES).fma(high, load(w + 6 * stride).fma(low, s6));
            s7 = load(w + 7 * stride + Lanes.BYTES).fma(high, load(w + 7 * stride).fma(low, s7));
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
        long rowBytes = (long) width * Float.BYTES;
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
            long w = weight + (long) i * Float.BYTES;
            long x = inputs + (long) i * Float.BYTES;
            FloatVector aLow = load(w);
            FloatVector aHigh = load(w + Lanes.BYTES);
            FloatVector bLow = load(w + rowBytes);
            FloatVector bHigh = load(w + rowBytes + Lanes.BYTES);
            FloatVector low = load(x);
            FloatVector high = load(x + Lanes.BYTES);
            a0 = aHigh.fma(high, aLow.fma(low, a0));
            b0 = bHigh.fma(high, bLow.fma(low, b0));
            low = load(x + inputBytes);
            high = load(x + inputBytes + Lanes.BYTES);
            a1 = aHigh.fma(high, aLow.fma(low, a1));
            b1 = bHigh.fma(high, bLow.fma(low, b1));
            low = load(x + 2 * inputBytes);
            high = load(x + 2 * inputBytes + Lanes.BYTES);
            a2 = aHigh.fma(high, aLow.fma(low, a2));
            b2 = bHigh.fma(high, bLow.fma(low, b2));
            low = load(x + 3 * inputBytes);
            high = load(x + 3 * inputBytes + Lanes.BYTES);
            a3 = aHigh.fma(high, aLow.fma(low, a3));
            b3 = bHigh.fma(high, bLow.fma(low, b3));
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
            long w = weight + (long) i * Float.BYTES;
            sum = load(w + Lanes.BYTES).fma(load(x + Lanes.BYTES), load(w).fma(load(x), sum));
        }
        DotKernel.put(out, total(sum, weight, input, width), add);
    }
}
