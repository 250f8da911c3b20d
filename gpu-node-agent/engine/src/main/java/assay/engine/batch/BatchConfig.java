package assay.engine.batch;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.KvBlocks;

/**
 * The bounds of a batcher. Immutable.
 *
 * @param maxStepTokens tokens of the largest micro-batch, above maxSequences so that a full set of
 *     decodes leaves room for a prompt to go on
 * @param maxSequences that run at once
 * @param maxInFlight micro-batches in the pipeline at once, until {@link Batcher#limitInFlight}
 *     says otherwise; 1 for one stage, at least the stages for more
 * @param maxQueue sequences that wait for admission
 * @param kvTokens positions of KV on the smallest stage
 * @param contextTokens of the model
 * @param minChunkTokens a prompt is not cut into smaller slices than this for the sake of balance
 */
public record BatchConfig(
        int maxStepTokens,
        int maxSequences,
        int maxInFlight,
        int maxQueue,
        int kvTokens,
        int contextTokens,
        int minChunkTokens) {
    public static final int DEFAULT_MIN_CHUNK_TOKENS = 32;

    public BatchConfig {
        atLeast("maxSequences", maxSequences, 1);
        atLeast("maxStepTokens", maxStepTokens, maxSequences + 1);
        atLeast("maxInFlight", maxInFlight, 1);
        atLeast("maxQueue", maxQueue, 1);
        atLeast("kvTokens", kvTokens, KvBlocks.BLOCK_TOKENS);
        atLeast("contextTokens", contextTokens, 2);
        atLeast("minChunkTokens", minChunkTokens, 1);
    }

    public BatchConfig(
            int maxStepTokens,
            int maxSequences,
            int maxInFlight,
            int maxQueue,
            int kvTokens,
            int contextTokens) {
        this(
                maxStepTokens,
                maxSequences,
                maxInFlight,
                maxQueue,
                kvTokens,
                contextTokens,
                DEFAULT_MIN_CHUNK_TOKENS);
    }

    int kvBlocks() {
        return kvTokens / KvBlocks.BLOCK_TOKENS;
    }

    private static void atLeast(String name, int value, int least) {
        if (value < least) {
            throw new EngineException(
                    ErrorCode.REQUEST_INVALID,
                    "%s: %d (expected: at least %d)".formatted(name, value, least));
        }
    }
}
