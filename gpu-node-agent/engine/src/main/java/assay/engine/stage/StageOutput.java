package assay.engine.stage;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** What a stage gives: hidden states for the next stage, or, from the last, the chosen ids. */
public sealed interface StageOutput {
    /**
     * Input of the stage that follows.
     *
     * @param data (tokens, hidden) f32, row-major, little endian: the residual is already added. A
     *     view of the stage's memory, valid until its next step
     */
    record Hidden(MemorySegment data) implements StageOutput {}

    /**
     * The outcome of the step.
     *
     * @param tokens one for each slice that asked for it, in the order of the slices
     */
    record Sampled(List<SampledToken> tokens) implements StageOutput {
        public Sampled {
            tokens = List.copyOf(tokens);
        }
    }
}
