package assay.engine.kernel.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The widest vectors of this machine, 512 or 256 bits, for loops in which each element stands for
 * itself: there the width changes no bit of the result.
 */
final class Wide {
    static final VectorSpecies<Float> FLOATS = widest();
    static final int COUNT = FLOATS.length();
    static final int BYTES = COUNT * Float.BYTES;

    private static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);
    private static final VectorSpecies<Short> SHORTS = narrowed(short.class, Short.SIZE);
    private static final VectorSpecies<Byte> NARROW = narrowed(byte.class, Byte.SIZE);

    private static final float LOG2_E = 1.442695f;
    private static final float LN2_HIGH = 355f / 512;
    private static final float LN2_LOW = -2.12194440e-4f;
    // Adding 1.5 * 2^23 leaves a float rounded to a whole number in its low mantissa bits.
    private static final float ROUNDER = 12_582_912f;
    private static final int ROUNDER_BITS = 0x4B400000;
    private static final int EXPONENT_BIAS = 127;
    private static final int MANTISSA_BITS = 23;
    private static final float EXP_0 = 1.9875691e-4f;
    private static final float EXP_1 = 0.0013981999f;
    private static final float EXP_2 = 0.008333452f;
    private static final float EXP_3 = 0.041665796f;
    private static final float EXP_4 = 0.16666666f;
    private static final float EXP_5 = 0.5f;
    private static final float EXP_MIN = -87.3f;
    private static final float EXP_MAX = 88.3f;

    private Wide() {}

    private static VectorSpecies<Float> widest() {
        Lanes.init();
        boolean wide = FloatVector.SPECIES_PREFERRED.length() >= FloatVector.SPECIES_512.length();
        return wide ? FloatVector.SPECIES_512 : FloatVector.SPECIES_256;
    }

    /** As many elements of a smaller type. */
    private static <E> VectorSpecies<E> narrowed(Class<E> type, int elementBits) {
        return VectorSpecies.of(type, VectorShape.forBitSize(COUNT * elementBits));
    }

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
    }

    static void store(FloatVector vector, long address) {
        vector.intoMemorySegment(Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
    }

    static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }

    /**
     * Adds up the sixteen lanes of products whose first lanes stand at {@code at}, and whose others
     * follow {@code apart} further each, into the first: in the order of {@link Lanes#sum}, of
     * which the upper eight have first been added to the lower.
     */
    static void sumLanes(float[] sums, int at, int apart) {
        FloatVector even = quarter(sums, at, apart).add(quarter(sums, at + 2 * apart, apart));
        FloatVector odd =
                quarter(sums, at + apart, apart).add(quarter(sums, at + 3 * apart, apart));
        even.add(odd).intoArray(sums, at);
    }

    /** (0 + 8) + (4 + 12). */
    private static FloatVector quarter(float[] sums, int at, int apart) {
        FloatVector first = eighth(sums, at, apart);
        return first.add(eighth(sums, at + 4 * apart, apart));
    }

    private static FloatVector eighth(float[] sums, int at, int apart) {
        FloatVector lower = FloatVector.fromArray(FLOATS, sums, at);
        return lower.add(FloatVector.fromArray(FLOATS, sums, at + 8 * apart));
    }

    /** Signed bytes as ints. */
    static IntVector bytes(long address) {
        return (IntVector)
                ByteVector.fromMemorySegment(NARROW, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.B2I, INTS, 0);
    }

    /** Unsigned bytes as ints. */
    static IntVector unsignedBytes(long address) {
        return (IntVector)
                ByteVector.fromMemorySegment(NARROW, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
    }

    /** Signed 16-bit numbers as ints. */
    static IntVector shorts(long address) {
        return (IntVector)
                ShortVector.fromMemorySegment(SHORTS, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.S2I, INTS, 0);
    }

    /** Ints as the floats nearest to them; below 2^24 exact. */
    static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convert(VectorOperators.I2F, 0);
    }

    /**
     * e to the power of each lane, within 2 units in the last place between -87 and 88; beyond, the
     * value at the bound. Not a number stays so. Source: range reduction and polynomial of Cephes
     * {@code expf}.
     */
    static FloatVector exp(FloatVector x) {
        VectorMask<Float> unordered = x.test(VectorOperators.IS_NAN);
        FloatVector bounded = x.max(EXP_MIN).min(EXP_MAX);
        FloatVector shifted = bounded.fma(broadcast(LOG2_E), broadcast(ROUNDER));
        FloatVector power = shifted.sub(ROUNDER);
        FloatVector rest = power.fma(broadcast(-LN2_HIGH), bounded);
        rest = power.fma(broadcast(-LN2_LOW), rest);
        FloatVector sum = broadcast(EXP_0);
        sum = sum.fma(rest, broadcast(EXP_1));
        sum = sum.fma(rest, broadcast(EXP_2));
        sum = sum.fma(rest, broadcast(EXP_3));
        sum = sum.fma(rest, broadcast(EXP_4));
        sum = sum.fma(rest, broadcast(EXP_5));
        sum = sum.fma(rest.mul(rest), rest).add(1f);
        IntVector exponent =
                shifted.reinterpretAsInts()
                        .sub(ROUNDER_BITS - EXPONENT_BIAS)
                        .lanewise(VectorOperators.LSHL, MANTISSA_BITS);
        return sum.mul(exponent.reinterpretAsFloats()).blend(x, unordered);
    }

    /** The same, operation by operation, for the elements that fill no vector. */
    static float exp(float x) {
        if (Float.isNaN(x)) {
            return x;
        }
        float bounded = Math.min(Math.max(x, EXP_MIN), EXP_MAX);
        float shifted = Math.fma(bounded, LOG2_E, ROUNDER);
        float power = shifted - ROUNDER;
        float rest = Math.fma(power, -LN2_HIGH, bounded);
        rest = Math.fma(power, -LN2_LOW, rest);
        float sum = EXP_0;
        sum = Math.fma(sum, rest, EXP_1);
        sum = Math.fma(sum, rest, EXP_2);
        sum = Math.fma(sum, rest, EXP_3);
        sum = Math.fma(sum, rest, EXP_4);
        sum = Math.fma(sum, rest, EXP_5);
        sum = Math.fma(sum, rest * rest, rest) + 1f;
        int exponent =
                (Float.floatToRawIntBits(shifted) - (ROUNDER_BITS - EXPONENT_BIAS))
                        << MANTISSA_BITS;
        return sum * Float.intBitsToFloat(exponent);
    }
}
