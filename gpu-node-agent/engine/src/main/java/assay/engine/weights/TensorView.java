package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.DType;
import assay.engine.kernel.Dequantizer;
import assay.engine.kernel.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One tensor of a checkpoint: its description and its bytes, mapped read-only. Valid until the
 * checkpoint is closed.
 *
 * @param file the file it stands in, for messages
 * @param shape outermost first; empty for a scalar
 * @param data row-major and dense
 * @param scales of an F8_E4M3 matrix, where the checkpoint has them
 */
public record TensorView(
        String name,
        String file,
        StoredType type,
        List<Long> shape,
        MemorySegment data,
        @Nullable TensorView scales) {
    public TensorView {
        shape = List.copyOf(shape);
    }

    TensorView(String name, String file, StoredType type, List<Long> shape, MemorySegment data) {
        this(name, file, type, shape, data, null);
    }

    TensorView scaledBy(TensorView scales) {
        return new TensorView(name, file, type, shape, data, scales);
    }

    /**
     * The tensor as kernels see it, checked against what the architecture expects.
     *
     * @param expected the shape; all dimensions but the last count as rows
     * @throws EngineException MODEL_INVALID when the shape differs or scales are wrong,
     *     MODEL_UNSUPPORTED when the type cannot be computed with
     */
    public Tensor matrix(int... expected) {
        checkShape(expected);
        DType readable = type.readable().orElseThrow(this::unreadable);
        int width = expected[expected.length - 1];
        int rows = Arrays.stream(expected, 0, expected.length - 1).reduce(1, Math::multiplyExact);
        if (width % readable.blockElements() != 0) {
            throw invalid(
                    "has rows of %d (expected: whole blocks of %d for %s)"
                            .formatted(width, readable.blockElements(), type));
        }
        return readable == DType.F8_E4M3
                ? new Tensor(readable, rows, width, data, scalesOf(rows, width))
                : new Tensor(readable, rows, width, data);
    }

    private void checkShape(int... expected) {
        boolean same = shape.size() == expected.length;
        for (int i = 0; same && i < expected.length; i++) {
            same = shape.get(i) == expected[i];
        }
        if (!same) {
            throw invalid(
                    "has shape %s (expected: %s)".formatted(shape, Arrays.toString(expected)));
        }
    }

    private Tensor scalesOf(int rows, int width) {
        if (scales == null) {
            throw invalid("is F8_E4M3 (expected: %s_scale_inv beside it)".formatted(name));
        }
        if (scales.type != PlainType.F32) {
            throw scales.invalid("is stored as %s (expected: F32)".formatted(scales.type.name()));
        }
        return scales.matrix(
                Math.ceilDiv(rows, Dequantizer.SCALE_BLOCK),
                Math.ceilDiv(width, Dequantizer.SCALE_BLOCK));
    }

    private EngineException unreadable() {
        return new EngineException(
                ErrorCode.MODEL_UNSUPPORTED,
                "%s: tensor %s is stored as %s (expected: %s)"
                        .formatted(file, name, type.name(), Arrays.toString(DType.values())));
    }

    private EngineException invalid(String message) {
        return new EngineException(
                ErrorCode.MODEL_INVALID, "%s: tensor %s %s".formatted(file, name, message));
    }
}
