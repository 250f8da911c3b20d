package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.sample.SamplingParams;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one sequence in a micro-batch. Immutable.
 *
 * @param position of the first token; KV from there on is rolled back first, so 0 starts anew
 * @param tokens at least 1
 * @param sample the last stage chooses the token that follows the slice
 * @param sampling how; set when {@code sample} is
 */
public record Slice(
        long sequenceId,
        int position,
        int tokens,
        boolean sample,
        @Nullable SamplingParams sampling) {
    public Slice {
        if (position < 0 || tokens < 1 || position > Integer.MAX_VALUE - tokens) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "slice: %d tokens at %d (expected: at least 1, at 0 or above)"
                            .formatted(tokens, position));
        }
        if (sample && sampling == null) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID, "slice: no sampling parameters (expected: some)");
        }
    }

    /** Positions that the sequence holds after the slice. */
    public int end() {
        return position + tokens;
    }
}
