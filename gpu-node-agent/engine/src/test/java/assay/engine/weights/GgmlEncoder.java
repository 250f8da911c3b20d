package assay.engine.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * f32 rows to ggml's stored types, by rounding to the range of each block: plain and good enough
 * for test models. Layouts: {@code src/ggml-common.h} of ggml-org/ggml.
 */
final class GgmlEncoder {
    private static final int SUPER_BLOCK = 256;
    private static final int SUB_BLOCKS = 8;
    private static final int SUB_BLOCK = 32;

    private GgmlEncoder() {}

    /** Writes the row at {@code offset} of {@code into}. */
    static void encode(GgmlType type, float[] row, byte[] into, int offset) {
        ByteBuffer out =
                ByteBuffer.wrap(into)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .slice(offset, row.length / type.blockElements() * type.blockBytes())
                        .order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < row.length; at += type.blockElements()) {
            switch (type) {
                case F32 -> out.putFloat(row[at]);
                case F16 -> out.putShort(Float.floatToFloat16(row[at]));
                case BF16 -> out.putShort(bfloat16(row[at]));
                case Q8_0 -> q8(row, at, out);
                case Q4_0 -> q4(row, at, out);
                case Q4_K -> q4k(row, at, out);
                case Q5_K -> q5k(row, at, out);
                case Q6_K -> q6k(row, at, out);
                default -> throw new IllegalArgumentException("no encoder for " + type);
            }
        }
    }

    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    /** Half of a scale, and the value that a reader will see. */
    private static float putHalf(ByteBuffer out, float value) {
        short half = Float.floatToFloat16(value);
        out.putShort(half);
        return Float.float16ToFloat(half);
    }

    private static int nearest(float value, float scale, int low, int high) {
        return scale == 0
                ? Math.clamp(0, low, high)
                : Math.clamp(Math.round(value / scale), low, high);
    }

    private static void q8(float[] row, int at, ByteBuffer out) {
        float most = 0;
        for (int i = 0; i < 32; i++) {
            most = Math.max(most, Math.abs(row[at + i]));
        }
        float d = putHalf(out, most / 127);
        for (int i = 0; i < 32; i++) {
            out.put((byte) nearest(row[at + i], d, -127, 127));
        }
    }

    /** The element of largest magnitude becomes -8. */
    private static void q4(float[] row, int at, ByteBuffer out) {
        float extreme = 0;
        for (int i = 0; i < 32; i++) {
            extreme = Math.abs(row[at + i]) > Math.abs(extreme) ? row[at + i] : extreme;
        }
        float d = putHalf(out, extreme / -8);
        for (int i = 0; i < 16; i++) {
            int low = nearest(row[at + i], d, -8, 7) + 8;
            int high = nearest(row[at + 16 + i], d, -8, 7) + 8;
            out.put((byte) (low | high << 4));
        }
    }

    /**
     * The head that Q4_K and Q5_K share: d, dmin, and 8 scales and 8 minima of 6 bits. Returns the
     * 256 quants, 0..most.
     */
    private static int[] scaleAndMin(float[] row, int at, int most, ByteBuffer out) {
        float[] scales = new float[SUB_BLOCKS];
        float[] minima = new float[SUB_BLOCKS];
        for (int b = 0; b < SUB_BLOCKS; b++) {
            float low = 0;
            float high = 0;
            for (int i = 0; i < SUB_BLOCK; i++) {
                low = Math.min(low, row[at + b * SUB_BLOCK + i]);
                high = Math.max(high, row[at + b * SUB_BLOCK + i]);
            }
            scales[b] = (high - low) / most;
            minima[b] = -low;
        }
        float d = putHalf(out, maximum(scales) / 63);
        float dmin = putHalf(out, maximum(minima) / 63);
        byte[] packed = new byte[12];
        int[] quants = new int[SUPER_BLOCK];
        for (int b = 0; b < SUB_BLOCKS; b++) {
            int scale = nearest(scales[b], d, 0, 63);
            int min = nearest(minima[b], dmin, 0, 63);
            pack(packed, b, scale, min);
            for (int i = 0; i < SUB_BLOCK; i++) {
                float value = row[at + b * SUB_BLOCK + i] + dmin * min;
                quants[b * SUB_BLOCK + i] = nearest(value, d * scale, 0, most);
            }
        }
        out.put(packed);
        return quants;
    }

    private static float maximum(float[] values) {
        float most = 0;
        for (float value : values) {
            most = Math.max(most, value);
        }
        return most;
    }

    private static void pack(byte[] packed, int index, int scale, int min) {
        if (index < 4) {
            packed[index] |= (byte) scale;
            packed[index + 4] |= (byte) min;
        } else {
            packed[index + 4] |= (byte) ((scale & 15) | (min & 15) << 4);
            packed[index - 4] |= (byte) (scale >> 4 << 6);
            packed[index] |= (byte) (min >> 4 << 6);
        }
    }

    private static void putNibbles(int[] quants, ByteBuffer out) {
        for (int pair = 0; pair < SUPER_BLOCK; pair += 2 * SUB_BLOCK) {
            for (int i = 0; i < SUB_BLOCK; i++) {
                int low = quants[pair + i] & 15;
                int high = quants[pair + SUB_BLOCK + i] & 15;
                out.put((byte) (low | high << 4));
            }
        }
    }

    private static void q4k(float[] row, int at, ByteBuffer out) {
        putNibbles(scaleAndMin(row, at, 15, out), out);
    }

    private static void q5k(float[] row, int at, ByteBuffer out) {
        int[] quants = scaleAndMin(row, at, 31, out);
        for (int i = 0; i < SUB_BLOCK; i++) {
            int bits = 0;
            for (int b = 0; b < SUB_BLOCKS; b++) {
                bits |= (quants[b * SUB_BLOCK + i] >> 4) << b;
            }
            out.put((byte) bits);
        }
        putNibbles(quants, out);
    }

    private static void q6k(float[] row, int at, ByteBuffer out) {
        float[] scales = new float[16];
        for (int b = 0; b < scales.length; b++) {
            for (int i = 0; i < 16; i++) {
                scales[b] = Math.max(scales[b], Math.abs(row[at + b * 16 + i]) / 31);
            }
        }
        float d = Float.float16ToFloat(Float.floatToFloat16(maximum(scales) / 127));
        byte[] codes = new byte[16];
        int[] quants = new int[SUPER_BLOCK];
        for (int i = 0; i < SUPER_BLOCK; i++) {
            codes[i / 16] = (byte) nearest(scales[i / 16], d, 0, 127);
            quants[i] = nearest(row[at + i], d * codes[i / 16], -32, 31) + 32;
        }
        byte[] low = new byte[128];
        byte[] high = new byte[64];
        for (int i = 0; i < SUPER_BLOCK; i++) {
            int half = i / 128;
            int within = i % 128;
            int quarter = within / 32;
            int lane = within % 32;
            low[half * 64 + (quarter % 2) * 32 + lane] |=
                    (byte) ((quants[i] & 15) << (quarter < 2 ? 0 : 4));
            high[half * 32 + lane] |= (byte) ((quants[i] >> 4) << (2 * quarter));
        }
        out.put(low).put(high).put(Arrays.copyOf(codes, 16)).putShort(Float.floatToFloat16(d));
    }
}
