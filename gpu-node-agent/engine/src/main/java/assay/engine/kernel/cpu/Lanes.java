package assay.engine.kernel.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vectors that all kernels use, and what is built from them. Only operations whose result is
 * exactly defined: the library's own sum over lanes and its exponential may differ between the
 * interpreter and the compiler, and a sequence must not change when a loop gets hot.
 */
final class Lanes {
    /**
     * Takes the library's own bounds checks out of vector loads and stores; it reads this when its
     * first class is loaded, which is here. They would check addresses against the whole address
     * space ({@link Memory#ALL}), which nothing can fail, and cost the kernels up to half of their
     * speed. What keeps kernels within their tensors is {@link assay.engine.kernel.Shapes}.
     */
    static {
        System.setProperty("jdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK", "0");
    }

    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_256;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;
    static final int COUNT = 8;
    static final int BYTES = COUNT * Float.BYTES;

    private static final VectorShuffle<Float> ROTATE_4 = rotation(4);
    private static final VectorShuffle<Float> ROTATE_2 = rotation(2);
    private static final VectorShuffle<Float> ROTATE_1 = rotation(1);

    private static final VectorShuffle<Float> SWAP_2 = VectorShuffle.fromOp(FLOATS, i -> i ^ 2);
    private static final VectorShuffle<Float> SWAP_1 = VectorShuffle.fromOp(FLOATS, i -> i ^ 1);
    private static final VectorMask<Float> UPPER_4 = VectorMask.fromLong(FLOATS, 0b11110000);
    private static final VectorMask<Float> UPPER_2 = VectorMask.fromLong(FLOATS, 0b11001100);
    private static final VectorMask<Float> UPPER_1 = VectorMask.fromLong(FLOATS, 0b10101010);

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

    private Lanes() {}

    /** Does nothing but load this class, ahead of the library's. */
    static void init() {}

    private static VectorShuffle<Float> rotation(int by) {
        return VectorShuffle.fromOp(FLOATS, lane -> (lane + by) % COUNT);
    }

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
    }

    static IntVector loadInts(long address) {
        return IntVector.fromMemorySegment(INTS, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
    }

    static void store(FloatVector vector, long address) {
        vector.intoMemorySegment(Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
    }

    /** The sum over the lanes, always as ((0+4)+(2+6))+((1+5)+(3+7)). */
    static float sum(FloatVector v) {
        FloatVector halves = v.add(v.rearrange(ROTATE_4));
        FloatVector quarters = halves.add(halves.rearrange(ROTATE_2));
        return quarters.add(quarters.rearrange(ROTATE_1)).lane(0);
    }

    /**
     * The sums of eight products of sixteen lanes each that stand one after the other, one to a
     * lane. Of each, the upper eight lanes are first added to the lower ones; these are added up in
     * the order of {@link #sum}: neighbours swap halves, then quarters, then lanes, and are added.
     */
    static FloatVector sums(long products) {
        FloatVector a = merge(folded(products, 0), folded(products, 4), UPPER_4, ROTATE_4);
        FloatVector b = merge(folded(products, 1), folded(products, 5), UPPER_4, ROTATE_4);
        FloatVector c = merge(folded(products, 2), folded(products, 6), UPPER_4, ROTATE_4);
        FloatVector d = merge(folded(products, 3), folded(products, 7), UPPER_4, ROTATE_4);
        FloatVector even = merge(a, c, UPPER_2, SWAP_2);
        FloatVector odd = merge(b, d, UPPER_2, SWAP_2);
        return merge(even, odd, UPPER_1, SWAP_1);
    }

    private static FloatVector folded(long products, int index) {
        long at = products + index * 2L * BYTES;
        return load(at).add(load(at + BYTES));
    }

    private static FloatVector merge(
            FloatVector a, FloatVector b, VectorMask<Float> upper, VectorShuffle<Float> swap) {
        return a.blend(b, upper).add(b.blend(a, upper).rearrange(swap));
    }

    static float max(FloatVector v) {
        FloatVector halves = v.max(v.rearrange(ROTATE_4));
        FloatVector quarters = halves.max(halves.rearrange(ROTATE_2));
        return quarters.max(quarters.rearrange(ROTATE_1)).lane(0);
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

    private static FloatVector broadcast(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }
}
