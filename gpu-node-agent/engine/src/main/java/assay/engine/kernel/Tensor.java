package assay.engine.kernel;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A matrix in native memory, row-major and dense; a vector is a matrix of one row. A view only:
 * whoever made the segment owns it. Immutable, its elements are not.
 *
 * @param type how an element is stored
 * @param rows at least 1
 * @param width elements in a row, at least 1
 * @param data exactly {@code rows * width * type.bytes()} bytes, not necessarily aligned
 */
public record Tensor(DType type, int rows, int width, MemorySegment data) {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int CACHE_LINE_BYTES = 64;

    public Tensor {
        if (rows < 1 || width < 1) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "tensor: %d x %d (expected: at least 1 x 1)".formatted(rows, width));
        }
        long bytes = (long) rows * width * type.bytes();
        if (!data.isNative() || data.byteSize() != bytes) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "tensor: %d bytes (expected: %d native bytes for %d x %d %s)"
                            .formatted(data.byteSize(), bytes, rows, width, type));
        }
    }

    /** A zeroed f32 tensor on a cache line of its own. */
    public static Tensor allocate(Arena arena, int rows, int width) {
        long bytes = (long) rows * width * Float.BYTES;
        return new Tensor(DType.F32, rows, width, arena.allocate(bytes, CACHE_LINE_BYTES));
    }

    /** The rows from {@code first} on, sharing memory. */
    public Tensor rows(int first, int count) {
        long rowBytes = rowBytes();
        return new Tensor(type, count, width, data.asSlice(first * rowBytes, count * rowBytes));
    }

    /** The first {@code rows * width} elements seen as a matrix of that shape, sharing memory. */
    public Tensor shaped(int rows, int width) {
        return new Tensor(type, rows, width, data.asSlice(0, (long) rows * width * type.bytes()));
    }

    public long rowBytes() {
        return (long) width * type.bytes();
    }

    /** One element as f32; exact for all three types. For loops that need not be fast. */
    public float get(int row, int column) {
        long index = (long) row * width + column;
        return switch (type) {
            case F32 -> data.get(FLOAT, index * Float.BYTES);
            case F16 -> Float.float16ToFloat(data.get(SHORT, index * Short.BYTES));
            case BF16 -> Float.intBitsToFloat(data.get(SHORT, index * Short.BYTES) << 16);
        };
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
        if (type == DType.F32) {
            MemorySegment.copy(data, FLOAT, row * rowBytes(), into, 0, width);
            return;
        }
        for (int i = 0; i < width; i++) {
            into[i] = get(row, i);
        }
    }
}
