package assay.engine.stage;

import assay.engine.sample.SamplingParams;
import org.jspecify.annotations.Nullable;

/**
 * What the last stage has to answer for one slice of a step. It does not travel with the
 * activations: the stages between have no use for it, and the answer to one step may decide what
 * the next one demands. Immutable.
 */
public sealed interface SliceDemand {
    long sequenceId();

    /**
     * The token that follows the slice.
     *
     * @param start set for the sequence's first demand; what is sampled from then on is known where
     *     it is sampled
     */
    record Sample(long sequenceId, @Nullable SamplingStart start) implements SliceDemand {}

    /**
     * What a sampler knows of a sequence before its first draw.
     *
     * @param promptIds empty where the parameters do not look at them
     * @param generatedIds tokens that were sampled before, for a sequence that runs again; empty
     *     where neither the parameters nor the constraint look at them
     * @param constraint null for none
     */
    @SuppressWarnings("ArrayRecordComponent") // lives for one step, is never compared
    record SamplingStart(
            SamplingParams params,
            int[] promptIds,
            int[] generatedIds,
            @Nullable Constraint constraint) {}

    /**
     * How likely the model holds the tokens that are known to follow.
     *
     * @param targets the token after each of the slice's first tokens, at most one for each
     * @param alternatives likeliest ids to tell beside each
     */
    @SuppressWarnings("ArrayRecordComponent") // lives for one step, is never compared
    record Rate(long sequenceId, int[] targets, int alternatives) implements SliceDemand {}

    /**
     * Hidden states behind the final norm.
     *
     * @param first token of the slice
     * @param count of tokens, at least 1
     */
    record States(long sequenceId, int first, int count) implements SliceDemand {}
}
