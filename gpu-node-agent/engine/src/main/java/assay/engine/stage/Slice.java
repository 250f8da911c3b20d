package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.cache.TableUpdate;
import assay.engine.sample.SamplingParams;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of one sequence in a micro-batch. Immutable.
 *
 * @param position of the first token; KV from there on is given up first, so 0 starts anew
 * @param tokens at least 1
 * @param answered the last stage answers for the slice, as a {@link SliceDemand} says
 * @param sampling the demand, where the slice brings it along; null where it comes by itself
 * @param table what becomes of the sequence's block table; null lets the stage take free blocks,
 *     for a model that is run by hand. All slices that a stage sees are of one of the two kinds
 */
public record Slice(
        long sequenceId,
        int position,
        int tokens,
        boolean answered,
        @Nullable SamplingParams sampling,
        @Nullable TableUpdate table) {
    public Slice {
        if (position < 0 || tokens < 1 || position > Integer.MAX_VALUE - tokens) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "slice: %d tokens at %d (expected: at least 1, at 0 or above)"
                            .formatted(tokens, position));
        }
    }

    /** A slice for a stage that takes free blocks itself. */
    public Slice(
            long sequenceId,
            int position,
            int tokens,
            boolean answered,
            @Nullable SamplingParams sampling) {
        this(sequenceId, position, tokens, answered, sampling, null);
    }

    /** Positions that the sequence holds after the slice. */
    public int end() {
        return position + tokens;
    }
}
