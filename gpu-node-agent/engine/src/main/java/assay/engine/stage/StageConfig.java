package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.weights.WeightType;

/**
 * The bounds of a stage; all its memory follows from them and is allocated at load. Immutable.
 *
 * @param kvTokens positions that the KV cache holds, over all sequences; rounded up to whole blocks
 * @param maxSequences that may hold KV at once
 * @param maxStepTokens tokens of the largest micro-batch
 * @param weights what they are kept in
 */
public record StageConfig(int kvTokens, int maxSequences, int maxStepTokens, WeightType weights) {
    public StageConfig {
        atLeastOne("kvTokens", kvTokens);
        atLeastOne("maxSequences", maxSequences);
        atLeastOne("maxStepTokens", maxStepTokens);
    }

    /** With weights used where they are mapped. */
    public StageConfig(int kvTokens, int maxSequences, int maxStepTokens) {
        this(kvTokens, maxSequences, maxStepTokens, WeightType.STORED);
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new EngineException(
                    ErrorCode.REQUEST_INVALID, name + ": " + value + " (expected: at least 1)");
        }
    }
}
