package assay.engine.batch;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.sample.SamplingParams;
import java.util.Set;

/**
 * A sequence that wants to run.
 *
 * @param sequenceId never used before in this epoch
 * @param promptIds at least one; not copied, not changed afterwards
 * @param maxTokens to generate at most, at least 1
 * @param eosIds ids that end it
 */
@SuppressWarnings("ArrayRecordComponent") // a prompt may be long; requests are never compared
public record SequenceRequest(
        long sequenceId,
        int[] promptIds,
        int maxTokens,
        SamplingParams sampling,
        Set<Integer> eosIds) {
    public SequenceRequest {
        eosIds = Set.copyOf(eosIds);
        if (promptIds.length == 0) {
            throw invalid("prompt: 0 tokens (expected: at least 1)");
        }
        if (maxTokens < 1) {
            throw invalid("max_tokens: " + maxTokens + " (expected: at least 1)");
        }
    }

    private static EngineException invalid(String message) {
        return new EngineException(ErrorCode.REQUEST_INVALID, message);
    }
}
