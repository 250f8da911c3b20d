package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.DType;
import assay.engine.kernel.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One tensor of a checkpoint: its description and its bytes, mapped read-only. Valid until the
 * checkpoint is closed.
 *
 * @param file the file it stands in, for messages
 * @param shape outermost first; empty for a scalar
 */
public record TensorView(
        String name, String file, StoredType type, List<Long> shape, MemorySegment data) {
    public TensorView {
        shape = List.copyOf(shape);
    }

    /**
     * The tensor as kernels see it, checked against what the architecture expects.
     *
     * @param expected the shape, one or two dimensions
     * @throws EngineException MODEL_INVALID when the shape differs, MODEL_UNSUPPORTED when the type
     *     cannot be computed with
     */
    public Tensor matrix(int... expected) {
        boolean same = shape.size() == expected.length;
        for (int i = 0; same && i < expected.length; i++) {
            same = shape.get(i) == expected[i];
        }
        if (!same) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID,
                    "%s: tensor %s has shape %s (expected: %s)"
                            .formatted(file, name, shape, java.util.Arrays.toString(expected)));
        }
        DType readable =
                type.readable()
                        .orElseThrow(() ->
                                new EngineException(
                                        ErrorCode.MODEL_UNSUPPORTED,
                                        "%s: tensor %s is stored as %s (expected: F32, F16 or BF16)"
                                                .formatted(file, name, type)));
        int rows = expected.length == 1 ? 1 : expected[0];
        return new Tensor(readable, rows, expected[expected.length - 1], data);
    }
}
