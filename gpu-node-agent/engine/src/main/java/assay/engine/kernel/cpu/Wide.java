package assay.engine.kernel.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
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
}
