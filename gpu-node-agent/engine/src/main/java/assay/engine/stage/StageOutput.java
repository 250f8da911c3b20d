package assay.engine.stage;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** What a stage gives: hidden states for the next stage, or, from the last, what was demanded. */
public sealed interface StageOutput {
    /**
     * Input of the stage that follows.
     *
     * @param data (tokens, hidden) f32, row-major, little endian: the residual is already added. A
     *     view of the stage's memory, valid until its next step
     */
    record Hidden(MemorySegment data) implements StageOutput {}

    /**
     * The outcome of the step. Each list is in the order of the slices.
     *
     * @param tokens one for each demand of a sample, but for those refused
     * @param ratings one for each target that was to be rated
     * @param states one for each token whose state was demanded
     * @param refusals one for each demand of a sample that could not be met
     */
    record Sampled(
            List<SampledToken> tokens,
            List<TokenRating> ratings,
            List<TokenState> states,
            List<Refusal> refusals)
            implements StageOutput {
        public Sampled {
            tokens = List.copyOf(tokens);
            ratings = List.copyOf(ratings);
            states = List.copyOf(states);
            refusals = List.copyOf(refusals);
        }

        /** The outcome of a step of generation. */
        public Sampled(List<SampledToken> tokens) {
            this(tokens, List.of(), List.of(), List.of());
        }
    }
}
