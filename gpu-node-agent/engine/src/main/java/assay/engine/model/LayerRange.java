package assay.engine.model;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * A run of layers. Immutable.
 *
 * @param first index of the first layer
 * @param end index after the last layer, above {@code first}
 */
public record LayerRange(int first, int end) {
    public LayerRange {
        if (first < 0 || end <= first) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "layers: %d..%d (expected: at least one)".formatted(first, end));
        }
    }

    /** All layers of a model. */
    public static LayerRange all(ModelSpec spec) {
        return new LayerRange(0, spec.layerCount());
    }

    public int layerCount() {
        return end - first;
    }
}
