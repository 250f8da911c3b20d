package assay.engine.kernel;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A matrix in native memory, row-major and dense; a vector is a matrix of one row. A view only:
 * whoever made the segment owns it. Immutable, its elements are not.
 *
 * @param type how the elements of a row are stored
 * @param rows at least 1
 * @param width elements in a row, at least 1, whole blocks of the type
 * @param data exactly {@code rows * type.bytes(width)} bytes, not necessarily aligned
 * @param scales of an F8_E4M3 matrix, and of no other: f32, one for each 128 x 128 elements, the
 *     last row and column for what is left over
 */
public record Tensor(DType type, int rows, int width, MemorySegment data, @Nullable Tensor scales) {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int CACHE_LINE_BYTES = 64;

    public Tensor {
        if (rows < 1 || width < 1) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "tensor: %d x %d (expected: at least 1 x 1)".formatted(rows, width));
        }
        if (width % type.blockElements() != 0) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "tensor: width %d (expected: whole blocks of %d for %s)"
                            .formatted(width, type.blockElements(), type));
        }
        long bytes = rows * type.bytes(width);
        if (!data.isNative() || data.byteSize() != bytes) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "tensor: %d bytes (expected: %d native bytes for %d x %d %s)"
                            .formatted(data.byteSize(), bytes, rows, width, type));
        }
        checkScales(type, rows, width, scales);
    }

    /** Of a type that needs no scales beside it. */
    public Tensor(DType type, int rows, int width, MemorySegment data) {
        this(type, rows, width, data, null);
    }

    private static void checkScales(DType type, int rows, int width, @Nullable Tensor scales) {
        if ((scales != null) != (type == DType.F8_E4M3)) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "tensor: %s %s scales (expected: scales for F8_E4M3 alone)"
                            .formatted(type, scales == null ? "without" : "with"));
        }
        if (scales != null
                && (scales.type() != DType.F32
                        || scales.rows() != Math.ceilDiv(rows, Dequantizer.SCALE_BLOCK)
                        || scales.width() != Math.ceilDiv(width, Dequantizer.SCALE_BLOCK))) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "tensor: scales %d x %d %s (expected: F32, one for each 128 x 128 of %d x %d)"
                            .formatted(scales.rows(), scales.width(), scales.type(), rows, width));
        }
    }

    /** A zeroed f32 tensor on a cache line of its own. */
    public static Tensor allocate(Arena arena, int rows, int width) {
        long bytes = (long) rows * width * Float.BYTES;
        return new Tensor(DType.F32, rows, width, arena.allocate(bytes, CACHE_LINE_BYTES));
    }

    /**
     * The rows from {@code first} on, sharing memory. With scales, {@code first} is a multiple of
     * 128.
     */
    public Tensor rows(int first, int count) {
        long rowBytes = rowBytes();
        Tensor ofRows =
                scales == null
                        ? null
                        : scales.rows(
                                first / Dequantizer.SCALE_BLOCK,
                                Math.ceilDiv(count, Dequantizer.SCALE_BLOCK));
        return new Tensor(
                type, count, width, data.asSlice(first * rowBytes, count * rowBytes), ofRows);
    }

    /** The first {@code rows * width} elements seen as a matrix of that shape, sharing memory. */
    public Tensor shaped(int rows, int width) {
        return new Tensor(type, rows, width, data.asSlice(0, rows * type.bytes(width)));
    }

    public long rowBytes() {
        return type.bytes(width);
    }

    /** Bytes of the elements and of the scales beside them. */
    public long bytes() {
        return data.byteSize() + (scales == null ? 0 : scales.bytes());
    }

    /** The scales of a matrix whose type has them. */
    public Tensor requireScales() {
        if (scales == null) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID, "tensor: " + type + " has no scales (expected: some)");
        }
        return scales;
    }

    /** One element as f32. F32 at once; others by way of their row, so not in loops. */
    public float get(int row, int column) {
        if (type == DType.F32) {
            return data.get(FLOAT, ((long) row * width + column) * Float.BYTES);
        }
        float[] values = new float[width];
        Dequantizer.row(this, row, values);
        return values[column];
    }

    /** Sets one element of an f32 tensor. */
    public void set(int row, int column, float value) {
        if (type != DType.F32) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID, "written tensor: " + type + " (expected: F32)");
        }
        data.set(FLOAT, ((long) row * width + column) * Float.BYTES, value);
    }

    /** Copies one row out as f32. */
    public void readRow(int row, float[] into) {
        Dequantizer.row(this, row, into);
    }
}
