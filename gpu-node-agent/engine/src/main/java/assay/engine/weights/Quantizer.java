package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.DType;
import assay.engine.kernel.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/**
 * Turns matrices into groups of 32 small integers under one f16 scale, {@link DType#Q8_0} and
 * {@link DType#Q4_0}. Goal: the smallest sum of squared errors that the layout allows, at a cost
 * linear in the elements. Algorithm: eight bits take the largest magnitude over 127, rounding to
 * the nearest. Four bits have one value more below zero than above, so the largest magnitude goes
 * to -8 first; then that scale and some around it are tried, each with the factor that fits its
 * integers best in the least-squares sense, and the one with the smallest error stays. Pure
 * functions, rows in parallel.
 */
final class Quantizer {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int GROUP = 32;
    private static final int INT8_MAX = 127;
    private static final int INT4_MIN = -8;
    private static final int INT4_MAX = 7;

    /** Scales tried on either side of the first, and how far apart in units of the integer. */
    private static final int TRIES = 9;

    private static final float TRY_STEP = 0.1f;

    private Quantizer() {}

    /**
     * @param into exactly the bytes of the matrix in {@code type}
     * @param name for messages
     * @throws EngineException MODEL_INVALID when a value is not finite or too large for an f16
     *     scale
     */
    static void quantize(Tensor from, DType type, MemorySegment into, String name) {
        long rowBytes = type.bytes(from.width());
        IntStream.range(0, from.rows())
                .parallel()
                .forEach(row -> {
                    float[] values = new float[from.width()];
                    from.readRow(row, values);
                    MemorySegment out = into.asSlice(row * rowBytes, rowBytes);
                    for (int group = 0; group * GROUP < values.length; group++) {
                        long at = (long) group * type.blockBytes();
                        float scale =
                                type == DType.Q8_0
                                        ? eightBits(values, group * GROUP, out, at)
                                        : fourBits(values, group * GROUP, out, at);
                        if (!Float.isFinite(scale)) {
                            throw new EngineException(
                                    ErrorCode.MODEL_INVALID,
                                    "tensor %s: row %d holds a value that %s can not keep (expected: finite, below 500000)"
                                            .formatted(name, row, type));
                        }
                    }
                });
    }

    private static float eightBits(float[] values, int from, MemorySegment out, long at) {
        float largest = 0;
        for (int i = from; i < from + GROUP; i++) {
            // Of a number and not a number, the larger is not a number.
            largest = Math.max(largest, Math.abs(values[i]));
        }
        short bits = Float.floatToFloat16(largest / INT8_MAX);
        float scale = Float.float16ToFloat(bits);
        out.set(SHORT, at, bits);
        for (int i = 0; i < GROUP; i++) {
            int q = scale == 0 ? 0 : Math.round(values[from + i] / scale);
            byte clamped = (byte) Math.clamp(q, -INT8_MAX, INT8_MAX);
            out.set(ValueLayout.JAVA_BYTE, at + Short.BYTES + i, clamped);
        }
        return scale;
    }

    private static float fourBits(float[] values, int from, MemorySegment out, long at) {
        float extreme = 0;
        for (int i = from; i < from + GROUP; i++) {
            if (!Float.isFinite(values[i])) {
                return Float.NaN;
            }
            if (Math.abs(values[i]) > Math.abs(extreme)) {
                extreme = values[i];
            }
        }
        float scale = extreme == 0 ? 0 : bestScale(values, from, extreme);
        short bits = Float.floatToFloat16(scale);
        float kept = Float.float16ToFloat(bits);
        out.set(SHORT, at, bits);
        for (int i = 0; i < GROUP / 2; i++) {
            int low = fourBit(values[from + i], kept) - INT4_MIN;
            int high = fourBit(values[from + GROUP / 2 + i], kept) - INT4_MIN;
            out.set(ValueLayout.JAVA_BYTE, at + Short.BYTES + i, (byte) (low | high << 4));
        }
        return kept;
    }

    private static int fourBit(float value, float scale) {
        return scale == 0 ? 0 : Math.clamp(Math.round(value / scale), INT4_MIN, INT4_MAX);
    }

    private static float bestScale(float[] values, int from, float extreme) {
        float best = extreme / INT4_MIN;
        double bestGain = Double.NEGATIVE_INFINITY;
        for (int attempt = -TRIES; attempt <= TRIES; attempt++) {
            float scale = extreme / (INT4_MIN + attempt * TRY_STEP);
            double product = 0;
            double squares = 0;
            for (int i = from; i < from + GROUP; i++) {
                int q = fourBit(values[i], scale);
                product += (double) values[i] * q;
                squares += (double) q * q;
            }
            // With the factor product / squares the squared error falls by product² / squares.
            double gain = squares == 0 ? 0 : product * product / squares;
            if (gain > bestGain) {
                bestGain = gain;
                best = squares == 0 ? scale : (float) (product / squares);
            }
        }
        return best;
    }
}
