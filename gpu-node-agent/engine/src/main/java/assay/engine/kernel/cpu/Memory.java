package assay.engine.kernel.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Native memory by address. Kernels look at a tensor's bounds and life once, when the operation
 * begins ({@link #address}), and then use one segment over the whole address space: a load in an
 * inner loop costs no check of which arena it came from.
 */
final class Memory {
    /** All of it. */
    static final MemorySegment ALL = everything();

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private Memory() {}

    @SuppressWarnings("restricted")
    private static MemorySegment everything() {
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    /** Where a segment begins; throws when its arena is closed. */
    static long address(MemorySegment segment) {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("tensor: its arena is closed");
        }
        return segment.address();
    }

    static float getFloat(long address) {
        return ALL.get(FLOAT, address);
    }

    static void setFloat(long address, float value) {
        ALL.set(FLOAT, address, value);
    }

    static void zero(long address, long bytes) {
        ALL.asSlice(address, bytes).fill((byte) 0);
    }

    static int getUnsignedByte(long address) {
        return ALL.get(BYTE, address) & 0xFF;
    }

    static long getLong(long address) {
        return ALL.get(LONG, address);
    }

    static void setLong(long address, long value) {
        ALL.set(LONG, address, value);
    }

    static byte getByte(long address) {
        return ALL.get(BYTE, address);
    }

    static float getBfloat16(long address) {
        return Float.intBitsToFloat(ALL.get(SHORT, address) << Short.SIZE);
    }

    static float getFloat16(long address) {
        return Float.float16ToFloat(ALL.get(SHORT, address));
    }

    static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    static void copy(float[] from, int at, long to, int count) {
        MemorySegment.copy(from, at, ALL, FLOAT, to, count);
    }

    static void copy(long from, float[] to, int at, int count) {
        MemorySegment.copy(ALL, FLOAT, from, to, at, count);
    }

    static void copy(long from, short[] to, int count) {
        MemorySegment.copy(ALL, SHORT, from, to, 0, count);
    }
}
