package assay.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What the stored types mean, element by element: the definition that every kernel is checked
 * against. All arithmetic is f32, in the order written here, so that a kernel that follows it gives
 * the same bits. Source of the quantised layouts: {@code ggml-common.h} and {@code ggml-quants.c}
 * of ggml; of F8_E4M3: OCP 8-bit floating point specification, 5.1 (no infinities, one NaN).
 * Stateless.
 */
public final class Dequantizer {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    /** Rows and columns that one scale of an F8_E4M3 tensor covers. */
    public static final int SCALE_BLOCK = 128;

    private static final int NIBBLE = 0xF;
    private static final int Q4_0_ZERO = 8;
    private static final int Q6_K_ZERO = 32;
    private static final int SUB_BLOCK = 32;

    private static final float[] F8_E4M3 = float8Values();

    private Dequantizer() {}

    /** The value of an F8_E4M3 byte; exact. */
    public static float float8(byte bits) {
        return F8_E4M3[bits & 0xFF];
    }

    private static float[] float8Values() {
        float[] values = new float[256];
        for (int bits = 0; bits < values.length; bits++) {
            int exponent = bits >> 3 & NIBBLE;
            int mantissa = bits & 7;
            float magnitude =
                    exponent == 0
                            ? Math.scalb((float) mantissa, -9)
                            : Math.scalb((float) (8 + mantissa), exponent - 10);
            boolean nan = exponent == NIBBLE && mantissa == 7;
            values[bits] = nan ? Float.NaN : bits < 128 ? magnitude : -magnitude;
        }
        return values;
    }

    /** One row as f32, into {@code into[0 .. width)}. */
    public static void row(Tensor tensor, int row, float[] into) {
        MemorySegment data = tensor.data().asSlice(row * tensor.rowBytes(), tensor.rowBytes());
        int width = tensor.width();
        switch (tensor.type()) {
            case F32 -> MemorySegment.copy(data, FLOAT, 0, into, 0, width);
            case F16 -> {
                for (int i = 0; i < width; i++) {
                    into[i] = half(data, 2L * i);
                }
            }
            case BF16 -> {
                for (int i = 0; i < width; i++) {
                    into[i] = Float.intBitsToFloat(data.get(SHORT, 2L * i) << Short.SIZE);
                }
            }
            case F8_E4M3 -> float8(tensor, data, row, into);
            case Q8_0 -> blocks(tensor, data, into, Dequantizer::q80);
            case Q4_0 -> blocks(tensor, data, into, Dequantizer::q40);
            case Q4_K -> blocks(tensor, data, into, Dequantizer::q4k);
            case Q5_K -> blocks(tensor, data, into, Dequantizer::q5k);
            case Q6_K -> blocks(tensor, data, into, Dequantizer::q6k);
        }
    }

    @FunctionalInterface
    private interface Block {
        void read(MemorySegment data, long at, float[] into, int offset);
    }

    private static void blocks(Tensor tensor, MemorySegment data, float[] into, Block block) {
        DType type = tensor.type();
        long at = 0;
        for (int i = 0; i < tensor.width(); i += type.blockElements()) {
            block.read(data, at, into, i);
            at += type.blockBytes();
        }
    }

    private static void float8(Tensor tensor, MemorySegment data, int row, float[] into) {
        Tensor scales = tensor.requireScales();
        for (int i = 0; i < tensor.width(); i++) {
            float scale = scales.get(row / SCALE_BLOCK, i / SCALE_BLOCK);
            into[i] = float8(data.get(BYTE, i)) * scale;
        }
    }

    private static float half(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(SHORT, at));
    }

    private static int unsigned(MemorySegment data, long at) {
        return data.get(BYTE, at) & 0xFF;
    }

    /** f16 d, 32 signed bytes. */
    private static void q80(MemorySegment data, long at, float[] into, int offset) {
        float d = half(data, at);
        for (int i = 0; i < 32; i++) {
            into[offset + i] = d * data.get(BYTE, at + 2 + i);
        }
    }

    /** f16 d, 16 bytes: low nibbles are elements 0 to 15, high ones 16 to 31. */
    private static void q40(MemorySegment data, long at, float[] into, int offset) {
        float d = half(data, at);
        for (int i = 0; i < 16; i++) {
            int pair = unsigned(data, at + 2 + i);
            into[offset + i] = d * ((pair & NIBBLE) - Q4_0_ZERO);
            into[offset + 16 + i] = d * ((pair >> 4) - Q4_0_ZERO);
        }
    }

    /**
     * The six-bit scale (and {@code minimum}) of a sub-block, packed in 12 bytes: those of the
     * first four lie in the low six bits, of the others four bits apart and two in the tops of the
     * first.
     */
    private static int packed(MemorySegment data, long at, int sub, boolean minimum) {
        int shift = minimum ? 4 : 0;
        if (sub < 4) {
            return unsigned(data, at + sub + shift) & 63;
        }
        int low = unsigned(data, at + sub + 4) >> shift & NIBBLE;
        return low | unsigned(data, at + sub - 4 + shift) >> 6 << 4;
    }

    /**
     * f16 d, f16 dmin, 12 bytes of scales, 128 bytes of nibbles: 32 low, then 32 high, of each 64.
     */
    private static void q4k(MemorySegment data, long at, float[] into, int offset) {
        float d = half(data, at);
        float dmin = half(data, at + 2);
        for (int sub = 0; sub < 8; sub++) {
            float scale = d * packed(data, at + 4, sub, false);
            float least = dmin * packed(data, at + 4, sub, true);
            long nibbles = at + 16 + (sub / 2) * (long) SUB_BLOCK;
            for (int i = 0; i < SUB_BLOCK; i++) {
                int q = unsigned(data, nibbles + i) >> (sub % 2 * 4) & NIBBLE;
                into[offset + sub * SUB_BLOCK + i] = scale * q - least;
            }
        }
    }

    /** As Q4_K, with 32 bytes of fifth bits between: bit {@code sub} of byte i is of element i. */
    private static void q5k(MemorySegment data, long at, float[] into, int offset) {
        float d = half(data, at);
        float dmin = half(data, at + 2);
        for (int sub = 0; sub < 8; sub++) {
            float scale = d * packed(data, at + 4, sub, false);
            float least = dmin * packed(data, at + 4, sub, true);
            long nibbles = at + 48 + (sub / 2) * (long) SUB_BLOCK;
            for (int i = 0; i < SUB_BLOCK; i++) {
                int low = unsigned(data, nibbles + i) >> (sub % 2 * 4) & NIBBLE;
                int high = unsigned(data, at + 16 + i) >> sub & 1;
                into[offset + sub * SUB_BLOCK + i] = scale * (low + 16 * high) - least;
            }
        }
    }

    /**
     * 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed bytes of scales (one for 16
     * elements), f16 d. Of each 128 elements, quarter k has its nibbles in byte 32 (k mod 2) + i,
     * low for k below 2, and its upper bits at 2k of byte i.
     */
    private static void q6k(MemorySegment data, long at, float[] into, int offset) {
        float d = half(data, at + 208);
        for (int i = 0; i < 256; i++) {
            int part = i / 128;
            int quarter = i % 128 / SUB_BLOCK;
            int lane = i % SUB_BLOCK;
            int nibble = unsigned(data, at + part * 64L + quarter % 2 * 32L + lane);
            int low = nibble >> (quarter / 2 * 4) & NIBBLE;
            int high = unsigned(data, at + 128 + part * 32L + lane) >> (2 * quarter) & 3;
            float scale = d * data.get(BYTE, at + 192 + i / 16);
            into[offset + i] = scale * (low + 16 * high - Q6_K_ZERO);
        }
    }
}
