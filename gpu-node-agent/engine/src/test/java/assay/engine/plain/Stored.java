package assay.engine.plain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What the stored element types mean, from their definitions. */
enum Stored {
    F32(4),
    F16(2),
    BF16(2),
    F8_E4M3(1);

    final int bytes;

    Stored(int bytes) {
        this.bytes = bytes;
    }

    static ByteBuffer buffer(long elements, Stored type) {
        return ByteBuffer.allocate(Math.toIntExact(elements * type.bytes))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    double read(ByteBuffer data, int index) {
        return switch (this) {
            case F32 -> data.getFloat(4 * index);
            case F16 -> Float.float16ToFloat(data.getShort(2 * index));
            case BF16 -> Float.intBitsToFloat(data.getShort(2 * index) << 16);
            case F8_E4M3 -> float8(data.get(index) & 0xFF);
        };
    }

    /** Sign, four bits of exponent with a bias of 7, three of mantissa. */
    static double float8(int bits) {
        int exponent = bits >> 3 & 15;
        double mantissa = (bits & 7) / 8.0;
        double size =
                exponent == 0
                        ? mantissa * Math.pow(2, -6)
                        : (1 + mantissa) * Math.pow(2, exponent - 7);
        return bits >= 128 ? -size : size;
    }

    /** Writes the value, cut to the type; not for F8_E4M3. */
    void write(ByteBuffer data, int index, double value) {
        switch (this) {
            case F32 -> data.putFloat(4 * index, (float) value);
            case F16 -> data.putShort(2 * index, Float.floatToFloat16((float) value));
            case BF16 ->
                    data.putShort(
                            2 * index, (short) (Float.floatToRawIntBits((float) value) >>> 16));
            case F8_E4M3 -> throw new AssertionError("bytes of fp8 are drawn, not rounded");
        }
    }
}
