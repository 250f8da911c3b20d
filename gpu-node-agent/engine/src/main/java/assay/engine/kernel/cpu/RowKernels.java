package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Lanes.load;
import static assay.engine.kernel.cpu.Lanes.store;

import assay.engine.kernel.DType;
import jdk.incubator.vector.FloatVector;

/**
 * What is done to one row of activations at a time. Addresses; sizes in elements; all f32 unless
 * said.
 */
final class RowKernels {
    private RowKernels() {}

    /** Any stored type to f32. */
    static void toFloats(DType type, long from, long to, int width) {
        switch (type) {
            case F32 -> Memory.copy(from, to, (long) width * Float.BYTES);
            case F16 -> {
                for (int i = 0; i < width; i++) {
                    float value = Memory.getFloat16(from + (long) i * Short.BYTES);
                    Memory.setFloat(to + (long) i * Float.BYTES, value);
                }
            }
            case BF16 -> {
                for (int i = 0; i < width; i++) {
                    float value = Memory.getBfloat16(from + (long) i * Short.BYTES);
                    Memory.setFloat(to + (long) i * Float.BYTES, value);
                }
            }
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

    /** {@code out = gate / (1 + exp(-gate)) * up}; {@code out} may be either input. */
    static void siluMultiply(long gate, long up, long out, int width) {
        int i = 0;
        for (; i + Lanes.COUNT <= width; i += Lanes.COUNT) {
            long offset = (long) i * Float.BYTES;
            FloatVector value = load(gate + offset);
            FloatVector one = Lanes.exp(value.neg()).add(1f);
            store(value.div(one).mul(load(up + offset)), out + offset);
        }
        for (; i < width; i++) {
            long offset = (long) i * Float.BYTES;
            float value = Memory.getFloat(gate + offset);
            float one = Lanes.exp(-value) + 1f;
            Memory.setFloat(out + offset, value / one * Memory.getFloat(up + offset));
        }
    }
}
