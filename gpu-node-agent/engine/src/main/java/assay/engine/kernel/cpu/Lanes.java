package assay.engine.kernel.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vectors that all kernels use, and what is built from them. Only operations whose result is
 * exactly defined: the library's own sum over lanes and its exponential may differ between the
 * interpreter and the compiler, and a sequence must not change when a loop gets hot.
 */
final class Lanes {
    // Takes the library's own bounds checks out of vector loads and stores; it reads this when its
    // first class is loaded, which is here. They would check addresses against the whole address
    // space (Memory.ALL), which nothing can fail, and cost the kernels up to half of their speed.
    // What keeps kernels within their tensors is Shapes.
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
    static FloatVector sums(float[] products, int at) {
        FloatVector a = merge(folded(products, at, 0), folded(products, at, 4), UPPER_4, ROTATE_4);
        FloatVector b = merge(folded(products, at, 1), folded(products, at, 5), UPPER_4, ROTATE_4);
        FloatVector c = merge(folded(products, at, 2), folded(products, at, 6), UPPER_4, ROTATE_4);
        FloatVector d = merge(folded(products, at, 3), folded(products, at, 7), UPPER_4, ROTATE_4);
        FloatVector even = merge(a, c, UPPER_2, SWAP_2);
        FloatVector odd = merge(b, d, UPPER_2, SWAP_2);
        return merge(even, odd, UPPER_1, SWAP_1);
    }

    private static FloatVector folded(float[] products, int at, int index) {
        int first = at + index * 2 * COUNT;
        FloatVector lower = FloatVector.fromArray(FLOATS, products, first);
        return lower.add(FloatVector.fromArray(FLOATS, products, first + COUNT));
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
}
