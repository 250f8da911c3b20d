package assay.engine.kernel.cpu;

import assay.engine.kernel.Dequantizer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Expander}s of the types that store element by element. */
final class PlainExpanders {
    static final Expander FLOAT32 = PlainExpanders::float32;
    static final Expander FLOAT16 = PlainExpanders::float16;
    static final Expander BFLOAT16 = PlainExpanders::bfloat16;
    static final Expander FLOAT8 = PlainExpanders::float8;

    // An F8_E4M3 has 3 bits of mantissa and an exponent biased by 7, an f32 23 and 127: moved to
    // where an f32 has them, its bits mean 2^120 times too little, subnormals included. Those are
    // slow to multiply, but weights that are scaled to the type's range hardly have any.
    private static final int F8_SHIFT = 20;
    private static final int F8_BITS = 0x80000000 | 0x7F << F8_SHIFT;
    private static final float F8_REBIAS = 0x1p120f;

    private static final long EACH_ONE = 0x0101010101010101L;
    private static final long EACH_MAGNITUDE = 0x7F * EACH_ONE;
    private static final long EACH_SIGN = 0x8080808080808080L;

    private PlainExpanders() {}

    private static void float32(
            Expander.Source source,
            int row,
            int from,
            int count,
            float[] to,
            int at,
            Expander.Spare spare) {
        Memory.copy(source.at(row, from), to, at, count);
    }

    private static void bfloat16(
            Expander.Source source,
            int row,
            int from,
            int count,
            float[] to,
            int at,
            Expander.Spare spare) {
        long data = source.at(row, from);
        int i = 0;
        for (; i + Wide.COUNT <= count; i += Wide.COUNT) {
            IntVector upper =
                    Wide.shorts(data + (long) i * Short.BYTES)
                            .lanewise(VectorOperators.LSHL, Short.SIZE);
            upper.reinterpretAsFloats().intoArray(to, at + i);
        }
        for (; i < count; i++) {
            to[at + i] = Memory.getBfloat16(data + (long) i * Short.BYTES);
        }
    }

    /** By way of arrays: so the compiler uses the processor's own conversion. */
    private static void float16(
            Expander.Source source,
            int row,
            int from,
            int count,
            float[] to,
            int at,
            Expander.Spare spare) {
        long data = source.at(row, from);
        for (int done = 0; done < count; done += Expander.Spare.COUNT) {
            int part = Math.min(Expander.Spare.COUNT, count - done);
            Memory.copy(data + (long) done * Short.BYTES, spare.shorts, part);
            float16(spare.shorts, to, at + done, part);
        }
    }

    private static void float16(short[] from, float[] to, int at, int count) {
        for (int i = 0; i < count; i++) {
            to[at + i] = Float.float16ToFloat(from[i]);
        }
    }

    private static void float8(
            Expander.Source source,
            int row,
            int from,
            int count,
            float[] to,
            int at,
            Expander.Spare spare) {
        long data = source.at(row, from);
        long scales =
                source.scales()
                        + (long) (row / Dequantizer.SCALE_BLOCK)
                                * source.scaleWidth()
                                * Float.BYTES;
        for (int i = 0; i < count; ) {
            int block = (from + i) / Dequantizer.SCALE_BLOCK;
            int end = Math.min(count, (block + 1) * Dequantizer.SCALE_BLOCK - from);
            float scale = Memory.getFloat(scales + (long) block * Float.BYTES);
            float8(data, scale, i, end, to, at);
            i = end;
        }
    }

    private static void float8(long data, float scale, int from, int end, float[] to, int at) {
        int i = from;
        if (!hasNan(data + from, end - from)) {
            for (; i + Wide.COUNT <= end; i += Wide.COUNT) {
                IntVector bits = Wide.bytes(data + i).lanewise(VectorOperators.LSHL, F8_SHIFT);
                FloatVector value = bits.and(F8_BITS).reinterpretAsFloats().mul(F8_REBIAS);
                value.mul(scale).intoArray(to, at + i);
            }
        }
        for (; i < end; i++) {
            to[at + i] = Dequantizer.float8(Memory.getByte(data + i)) * scale;
        }
    }

    /** Looks for magnitudes of seven ones, eight at a time: one more carries into the sign. */
    private static boolean hasNan(long at, int count) {
        long carried = 0;
        int i = 0;
        for (; i + Long.BYTES <= count; i += Long.BYTES) {
            carried |= (Memory.getLong(at + i) & EACH_MAGNITUDE) + EACH_ONE;
        }
        for (; i < count; i++) {
            carried |= (Memory.getByte(at + i) & EACH_MAGNITUDE & 0xFF) + 1;
        }
        return (carried & EACH_SIGN) != 0;
    }
}
