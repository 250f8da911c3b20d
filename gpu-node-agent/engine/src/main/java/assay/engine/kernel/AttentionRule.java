package assay.engine.kernel;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * Which positions a token sees, and how their scores are scaled. Immutable.
 *
 * @param scale multiplies each score
 * @param window a token sees its own position and the {@code window - 1} before it; 0 is no limit
 */
public record AttentionRule(float scale, int window) {
    public AttentionRule {
        if (!(scale > 0) || window < 0) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "attention: scale %s, window %d (expected: above 0, at least 0)"
                            .formatted(scale, window));
        }
    }

    /** The first position that a token at {@code position} sees. */
    public int first(int position) {
        return window == 0 ? 0 : Math.max(0, position - window + 1);
    }
}
