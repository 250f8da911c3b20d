package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Lanes.load;
import static assay.engine.kernel.cpu.Lanes.store;

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

    @Override
    public float tail(float sum, long weight, long input, int width) {
        float total = sum;
        for (int i = width - width % ROUND; i < width; i++) {
            float w = Memory.getFloat(weight + (long) i * Float.BYTES);
            total = Math.fma(w, Memory.getFloat(input + (long) i * Float.BYTES), total);
        }
        return total;
    }

    @Override
    public void rows(long weight, long input, int width, long sums) {
        long stride = (long) width * Float.BYTES;
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
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
        }
        store(s0, sums);
        store(s1, sums + Lanes.BYTES);
        store(s2, sums + 2 * Lanes.BYTES);
        store(s3, sums + 3 * Lanes.BYTES);
    }

    @Override
    public void tile(long weight, long inputs, int width, long sums) {
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
            long w = weight + (long) i * Float.BYTES;
            sum = load(w + Lanes.BYTES).fma(load(x + Lanes.BYTES), load(w).fma(load(x), sum));
        }
        return Lanes.sum(sum);
    }
}
