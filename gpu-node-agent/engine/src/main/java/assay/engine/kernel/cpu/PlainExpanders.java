package assay.engine.kernel.cpu;

import assay.engine.kernel.Dequantizer;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** {@link Expander}s of the types that store element by element. */
final class PlainExpanders {
    static final Expander FLOAT32 = PlainExpanders::float32;
    static final Expander FLOAT16 = PlainExpanders::float16;
    static final Expander BFLOAT16 = PlainExpanders::bfloat16;
    static final Expander FLOAT8 = PlainExpanders::float8;

    private static final int SIGN = 0x80000000;
    private static final int EXPONENT_ONE = 1 << 23;

    // An F8_E4M3 has 3 bits of mantissa and an exponent biased by 7.
    private static final int F8_SHIFT = 20;
    private static final int F8_MAGNITUDE = 0x7F << F8_SHIFT;
    private static final int F8_REBIAS = (127 - 7) * EXPONENT_ONE;
    private static final int F8_NAN = F8_MAGNITUDE;

    private PlainExpanders() {}

    private static void float32(
            Expander.Source source, int row, int from, int count, long to, float[] spare) {
        Memory.copy(source.at(row, from), to, (long) count * Float.BYTES);
    }

    private static void bfloat16(
            Expander.Source source, int row, int from, int count, long to, float[] spare) {
        long at = source.at(row, from);
        int i = 0;
        for (; i + Wide.COUNT <= count; i += Wide.COUNT) {
            IntVector upper =
                    Wide.shorts(at + (long) i * Short.BYTES)
                            .lanewise(VectorOperators.LSHL, Short.SIZE);
            Wide.store(upper.reinterpretAsFloats(), to + (long) i * Float.BYTES);
        }
        for (; i < count; i++) {
            float value = Memory.getBfloat16(at + (long) i * Short.BYTES);
            Memory.setFloat(to + (long) i * Float.BYTES, value);
        }
    }

    /**
     * By way of an array: a plain loop from native memory to an array is one that the compiler
     * makes the processor's own conversion of.
     */
    private static void float16(
            Expander.Source source, int row, int from, int count, long to, float[] spare) {
        long at = source.at(row, from);
        for (int done = 0; done < count; done += spare.length) {
            int part = Math.min(spare.length, count - done);
            float16(at + (long) done * Short.BYTES, part, spare);
            Memory.copy(spare, part, to + (long) done * Float.BYTES);
        }
    }

    private static void float16(long at, int count, float[] into) {
        for (int i = 0; i < count; i++) {
            into[i] = Memory.getFloat16(at + (long) i * Short.BYTES);
        }
    }

    private static void float8(
            Expander.Source source, int row, int from, int count, long to, float[] spare) {
        long at = source.at(row, from);
        long scales =
                source.scales()
                        + (long) (row / Dequantizer.SCALE_BLOCK)
                                * source.scaleWidth()
                                * Float.BYTES;
        for (int i = 0; i < count; ) {
            int block = (from + i) / Dequantizer.SCALE_BLOCK;
            int end = Math.min(count, (block + 1) * Dequantizer.SCALE_BLOCK - from);
            float scale = Memory.getFloat(scales + (long) block * Float.BYTES);
            float8(at, scale, i, end, to);
            i = end;
        }
    }

    private static void float8(long at, float scale, int from, int end, long to) {
        float smallest = Float.intBitsToFloat(F8_REBIAS + EXPONENT_ONE);
        int i = from;
        for (; i + Wide.COUNT <= end; i += Wide.COUNT) {
            IntVector bits = Wide.bytes(at + i).lanewise(VectorOperators.LSHL, F8_SHIFT);
            IntVector magnitude = bits.and(F8_MAGNITUDE);
            IntVector normal = magnitude.add(F8_REBIAS);
            // Without an exponent the mantissa counts in the smallest one's steps.
            IntVector subnormal =
                    normal.add(EXPONENT_ONE)
                            .reinterpretAsFloats()
                            .sub(smallest)
                            .reinterpretAsInts();
            VectorMask<Integer> small = magnitude.compare(VectorOperators.LT, EXPONENT_ONE);
            VectorMask<Integer> nan = magnitude.compare(VectorOperators.EQ, F8_NAN);
            IntVector value =
                    normal.blend(subnormal, small)
                            .blend(Float.floatToRawIntBits(Float.NaN), nan)
                            .or(bits.and(SIGN));
            Wide.store(value.reinterpretAsFloats().mul(scale), to + (long) i * Float.BYTES);
        }
        for (; i < end; i++) {
            float value = Dequantizer.float8(Memory.getByte(at + i)) * scale;
            Memory.setFloat(to + (long) i * Float.BYTES, value);
        }
    }
}
