package assay.engine.kernel.cpu;

import assay.engine.kernel.DType;
import assay.engine.kernel.Tensor;

/**
 * Turns stored weights into f32, bit for bit as {@link assay.engine.kernel.Dequantizer} defines
 * them. One for each type; stateless.
 */
interface Expander {
    /**
     * A matrix by address.
     *
     * @param scales address of its first scale; only for types that have them beside the elements
     * @param scaleWidth scales in a row
     */
    record Source(DType type, long data, long rowBytes, long scales, int scaleWidth) {
        static Source of(Tensor tensor) {
            long data = Memory.address(tensor.data());
            Tensor scales = tensor.scales();
            return scales == null
                    ? new Source(tensor.type(), data, tensor.rowBytes(), 0, 0)
                    : new Source(
                            tensor.type(),
                            data,
                            tensor.rowBytes(),
                            Memory.address(scales.data()),
                            scales.width());
        }

        /** Where an element stands, or the block that it begins. */
        long at(int row, int column) {
            return data + row * rowBytes + type.bytes(column);
        }
    }

    /**
     * An array that one thread lends: loops from array to array are what the compiler turns into
     * vectors by itself.
     */
    final class Spare {
        static final int COUNT = 512;

        final short[] shorts = new short[COUNT];
    }

    /**
     * Part of a row.
     *
     * @param from first element, the first of a block
     * @param count of elements, whole blocks
     * @param to gets them, from {@code at} on
     * @param spare the caller's to lend
     */
    void expand(Source source, int row, int from, int count, float[] to, int at, Spare spare);

    /** The one for a type. */
    static Expander of(DType type) {
        return switch (type) {
            case F32 -> PlainExpanders.FLOAT32;
            case F16 -> PlainExpanders.FLOAT16;
            case BF16 -> PlainExpanders.BFLOAT16;
            case F8_E4M3 -> PlainExpanders.FLOAT8;
            case Q8_0 -> BlockExpanders.Q8_0;
            case Q4_0 -> BlockExpanders.Q4_0;
            case Q4_K -> BlockExpanders.Q4_K;
            case Q5_K -> BlockExpanders.Q5_K;
            case Q6_K -> BlockExpanders.Q6_K;
        };
    }
}
