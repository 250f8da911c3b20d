package assay.engine.kernel.cpu;

import assay.engine.kernel.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Expander}s of the quantised types. Where a product of a factor and a small whole number is
 * exact in f32, it is fused with what follows: the result is the same.
 */
final class BlockExpanders {
    static final Expander Q8_0 = BlockExpanders::q80;
    static final Expander Q4_0 = BlockExpanders::q40;
    static final Expander Q4_K = BlockExpanders::q4k;
    static final Expander Q5_K = BlockExpanders::q5k;
    static final Expander Q6_K = BlockExpanders::q6k;

    private static final int NIBBLE = 0xF;
    private static final int NIBBLE_BITS = 4;

    /** Elements of a sub-block. */
    private static final int SUB = 32;

    private static final int Q4_0_HALF = 16;

    private BlockExpanders() {}

    private static void q80(
            Expander.Source source,
            int row,
            int from,
            int count,
            float[] to,
            int at,
            Expander.Spare spare) {
        long block = source.at(row, from);
        for (int out = at; out < at + count; out += SUB) {
            FloatVector d = Wide.broadcast(Memory.getFloat16(block));
            for (int i = 0; i < SUB; i += Wide.COUNT) {
                FloatVector q = Wide.floats(Wide.bytes(block + Short.BYTES + i));
                q.mul(d).intoArray(to, out + i);
            }
            block += DType.Q8_0.blockBytes();
        }
    }

    private static void q40(
            Expander.Source source,
            int row,
            int from,
            int count,
            float[] to,
            int at,
            Expander.Spare spare) {
        long block = source.at(row, from);
        for (int out = at; out < at + count; out += SUB) {
            float factor = Memory.getFloat16(block);
            FloatVector d = Wide.broadcast(factor);
            for (int i = 0; i < Q4_0_HALF; i += Wide.COUNT) {
                IntVector pairs = Wide.unsignedBytes(block + Short.BYTES + i);
                FloatVector low = Wide.floats(pairs.and(NIBBLE).sub(8));
                FloatVector high =
                        Wide.floats(pairs.lanewise(VectorOperators.LSHR, NIBBLE_BITS).sub(8));
                low.mul(d).intoArray(to, out + i);
                high.mul(d).intoArray(to, out + i + Q4_0_HALF);
            }
            block += DType.Q4_0.blockBytes();
        }
    }

    private static int scale(long packed, int sub) {
        if (sub < 4) {
            return Memory.getUnsignedByte(packed + sub) & 63;
        }
        int low = Memory.getUnsignedByte(packed + sub + 4) & NIBBLE;
        return low | (Memory.getUnsignedByte(packed + sub - 4) >> 6 << 4);
    }

    private static int minimum(long packed, int sub) {
        if (sub < 4) {
            return Memory.getUnsignedByte(packed + sub + 4) & 63;
        }
        int low = Memory.getUnsignedByte(packed + sub + 4) >> 4;
        return low | (Memory.getUnsignedByte(packed + sub) >> 6 << 4);
    }

    private static void q4k(
            Expander.Source source,
            int row,
            int from,
            int count,
            float[] to,
            int at,
            Expander.Spare spare) {
        long block = source.at(row, from);
        int out = at;
        for (int i = 0; i < count; i += DType.Q4_K.blockElements()) {
            float d = Memory.getFloat16(block);
            float dmin = Memory.getFloat16(block + 2);
            for (int sub = 0; sub < 8; sub += 2) {
                FloatVector lowScale = Wide.broadcast(d * scale(block + 4, sub));
                FloatVector lowLeast = Wide.broadcast(-(dmin * minimum(block + 4, sub)));
                FloatVector highScale = Wide.broadcast(d * scale(block + 4, sub + 1));
                FloatVector highLeast = Wide.broadcast(-(dmin * minimum(block + 4, sub + 1)));
                long nibbles = block + 16 + sub / 2 * (long) SUB;
                for (int j = 0; j < SUB; j += Wide.COUNT) {
                    IntVector pairs = Wide.unsignedBytes(nibbles + j);
                    FloatVector low = Wide.floats(pairs.and(NIBBLE));
                    FloatVector high =
                            Wide.floats(pairs.lanewise(VectorOperators.LSHR, NIBBLE_BITS));
                    low.fma(lowScale, lowLeast).intoArray(to, out + j);
                    high.fma(highScale, highLeast).intoArray(to, out + j + SUB);
                }
                out += 2 * SUB;
            }
            block += DType.Q4_K.blockBytes();
        }
    }

    private static void q5k(
            Expander.Source source,
            int row,
            int from,
            int count,
            float[] to,
            int at,
            Expander.Spare spare) {
        long block = source.at(row, from);
        int out = at;
        for (int i = 0; i < count; i += DType.Q5_K.blockElements()) {
            float d = Memory.getFloat16(block);
            float dmin = Memory.getFloat16(block + 2);
            for (int sub = 0; sub < 8; sub++) {
                q5(
                        block,
                        sub,
                        d * scale(block + 4, sub),
                        -(dmin * minimum(block + 4, sub)),
                        to,
                        out);
                out += SUB;
            }
            block += DType.Q5_K.blockBytes();
        }
    }

    /** One sub-block: larger loops are more than the compiler inlines. */
    private static void q5(long block, int sub, float scale, float least, float[] to, int at) {
        long nibbles = block + 48 + sub / 2 * (long) SUB;
        int shift = sub % 2 * NIBBLE_BITS;
        FloatVector factor = Wide.broadcast(scale);
        FloatVector start = Wide.broadcast(least);
        for (int i = 0; i < SUB; i += Wide.COUNT) {
            IntVector low =
                    Wide.unsignedBytes(nibbles + i)
                            .lanewise(VectorOperators.LSHR, shift)
                            .and(NIBBLE);
            IntVector fifth =
                    Wide.unsignedBytes(block + 16 + i)
                            .lanewise(VectorOperators.LSHR, sub)
                            .and(1)
                            .lanewise(VectorOperators.LSHL, NIBBLE_BITS);
            Wide.floats(low.or(fifth)).fma(factor, start).intoArray(to, at + i);
        }
    }

    private static void q6k(
            Expander.Source source,
            int row,
            int from,
            int count,
            float[] to,
            int at,
            Expander.Spare spare) {
        long block = source.at(row, from);
        int out = at;
        for (int i = 0; i < count; i += DType.Q6_K.blockElements()) {
            float d = Memory.getFloat16(block + 208);
            for (int quarter = 0; quarter < 8; quarter++) {
                q6(block, quarter, d, to, out);
                out += SUB;
            }
            block += DType.Q6_K.blockBytes();
        }
    }

    /** 32 elements of a block, a quarter of one of its halves. */
    private static void q6(long block, int index, float d, float[] to, int at) {
        int part = index / 4;
        int quarter = index % 4;
        long nibbles = block + part * 64L + quarter % 2 * (long) SUB;
        long upper = block + 128 + part * (long) SUB;
        long scales = block + 192 + index * 2L;
        int shift = quarter / 2 * NIBBLE_BITS;
        for (int i = 0; i < SUB; i += Wide.COUNT) {
            IntVector low =
                    Wide.unsignedBytes(nibbles + i)
                            .lanewise(VectorOperators.LSHR, shift)
                            .and(NIBBLE);
            IntVector high =
                    Wide.unsignedBytes(upper + i)
                            .lanewise(VectorOperators.LSHR, 2 * quarter)
                            .and(3)
                            .lanewise(VectorOperators.LSHL, NIBBLE_BITS);
            float scale = d * Memory.getByte(scales + i / 16);
            FloatVector q = Wide.floats(low.or(high).sub(32));
            q.mul(scale).intoArray(to, at + i);
        }
    }
}
