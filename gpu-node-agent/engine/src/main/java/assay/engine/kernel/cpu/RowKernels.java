package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Lanes.load;
import static assay.engine.kernel.cpu.Lanes.store;

import assay.engine.kernel.Tensor;
import jdk.incubator.vector.FloatVector;

/**
 * What is done to one row of activations at a time. Addresses; sizes in elements; all f32 unless
 * said.
 */
final class RowKernels {
    private RowKernels() {}

    /** Row {@code row} of a tensor of any type to f32. */
    static void toFloats(Tensor tensor, int row, long to) {
        Expander expander = Expander.of(tensor.type());
        float[] values = new float[tensor.width()];
        expander.expand(
                Expander.Source.of(tensor), row, 0, values.length, values, 0, new Expander.Spare());
        Memory.copy(values, 0, to, values.length);
    }

    /** {@code out += x}. */
    static void add(long x, long out, int width) {
        int i = 0;
        for (; i + Lanes.COUNT <= width; i += Lanes.COUNT) {
            long offset = (long) i * Float.BYTES;
            store(load(out + offset).add(load(x + offset)), out + offset);
        }
        for (; i < width; i++) {
            long offset = (long) i * Float.BYTES;
            Memory.setFloat(
                    out + offset, Memory.getFloat(out + offset) + Memory.getFloat(x + offset));
        }
    }

    /** {@code out += scale * x}, fused. */
    static void addScaled(long x, float scale, long out, int width) {
        FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, scale);
        int i = 0;
        for (; i + Lanes.COUNT <= width; i += Lanes.COUNT) {
            long offset = (long) i * Float.BYTES;
            store(load(x + offset).fma(factor, load(out + offset)), out + offset);
        }
        for (; i < width; i++) {
            long offset = (long) i * Float.BYTES;
            float sum = Math.fma(Memory.getFloat(x + offset), scale, Memory.getFloat(out + offset));
            Memory.setFloat(out + offset, sum);
        }
    }

    /** Root mean square norm with f32 weights; {@code out} may be {@code x}. */
    static void rmsNorm(long x, long weight, long out, int width, float epsilon) {
        FloatVector even = FloatVector.zero(Lanes.FLOATS);
        FloatVector odd = even;
        int i = 0;
        for (; i + 2 * Lanes.COUNT <= width; i += 2 * Lanes.COUNT) {
            FloatVector low = load(x + (long) i * Float.BYTES);
            FloatVector high = load(x + (long) i * Float.BYTES + Lanes.BYTES);
            even = low.fma(low, even);
            odd = high.fma(high, odd);
        }
        float squares = Lanes.sum(even.add(odd));
        for (; i < width; i++) {
            float value = Memory.getFloat(x + (long) i * Float.BYTES);
            squares = Math.fma(value, value, squares);
        }
        float scale = (float) (1 / Math.sqrt((double) squares / width + epsilon));
        for (i = 0; i + Lanes.COUNT <= width; i += Lanes.COUNT) {
            long offset = (long) i * Float.BYTES;
            store(load(x + offset).mul(scale).mul(load(weight + offset)), out + offset);
        }
        for (; i < width; i++) {
            long offset = (long) i * Float.BYTES;
            float value = Memory.getFloat(x + offset) * scale * Memory.getFloat(weight + offset);
            Memory.setFloat(out + offset, value);
        }
    }

    /** Turns one head: its first half against its second, by {@code half} cosines and sines. */
    static void rotate(long x, long cosines, int half) {
        long halfBytes = (long) half * Float.BYTES;
        int i = 0;
        for (; i + Lanes.COUNT <= half; i += Lanes.COUNT) {
            long offset = (long) i * Float.BYTES;
            FloatVector cosine = load(cosines + offset);
            FloatVector sine = load(cosines + halfBytes + offset);
            FloatVector low = load(x + offset);
            FloatVector high = load(x + halfBytes + offset);
            store(low.mul(cosine).sub(high.mul(sine)), x + offset);
            store(high.mul(cosine).add(low.mul(sine)), x + halfBytes + offset);
        }
        for (; i < half; i++) {
            long offset = (long) i * Float.BYTES;
            float cosine = Memory.getFloat(cosines + offset);
            float sine = Memory.getFloat(cosines + halfBytes + offset);
            float low = Memory.getFloat(x + offset);
            float high = Memory.getFloat(x + halfBytes + offset);
            Memory.setFloat(x + offset, low * cosine - high * sine);
            Memory.setFloat(x + halfBytes + offset, high * cosine + low * sine);
        }
    }

    /** Turns one head: each even element against the odd one after it. */
    static void rotatePairs(long x, long cosines, int half) {
        long halfBytes = (long) half * Float.BYTES;
        for (int i = 0; i < half; i++) {
            long offset = (long) i * Float.BYTES;
            float cosine = Memory.getFloat(cosines + offset);
            float sine = Memory.getFloat(cosines + halfBytes + offset);
            long at = x + 2 * offset;
            float low = Memory.getFloat(at);
            float high = Memory.getFloat(at + Float.BYTES);
            Memory.setFloat(at, low * cosine - high * sine);
            Memory.setFloat(at + Float.BYTES, high * cosine + low * sine);
        }
    }

    /** {@code out = gate / (1 + exp(-gate)) * up}; {@code out} may be either input. */
    static void siluMultiply(long gate, long up, long out, int width) {
        int i = 0;
        for (; i + Wide.COUNT <= width; i += Wide.COUNT) {
            long offset = (long) i * Float.BYTES;
            FloatVector value = Wide.load(gate + offset);
            FloatVector one = Wide.exp(value.neg()).add(1f);
            Wide.store(value.div(one).mul(Wide.load(up + offset)), out + offset);
        }
        for (; i < width; i++) {
            long offset = (long) i * Float.BYTES;
            float value = Memory.getFloat(gate + offset);
            float one = Wide.exp(-value) + 1f;
            Memory.setFloat(out + offset, value / one * Memory.getFloat(up + offset));
        }
    }
}
