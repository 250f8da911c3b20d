package assay.engine.sample;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.sample.constrain.ConstraintState;
import assay.engine.sample.constrain.MasksAhead;
import assay.engine.sample.constrain.TokenConstraint;
import assay.engine.sample.constrain.TokenMask;
import org.jspecify.annotations.Nullable;

/**
 * What the last stage keeps of one sequence for sampling: the parameters, the ids that penalties
 * need, and how far its constraint has come. A pure function of what it is made from, so after a
 * recovery it is made anew and goes on as it would have. Confined to the thread of the last stage.
 */
public final class SamplingState {
    private final SamplingParams params;
    private final @Nullable TokenHistory history;
    private final @Nullable ConstraintState constraint;
    private int position;

    /**
     * @param position tokens of the sequence so far, prompt and generated: the place of the next
     * @param promptIds needed when the penalties need the prompt; else it may be empty
     * @param generatedIds needed when the penalties need them or there is a constraint; else it may
     *     be empty
     * @throws EngineException STEP_INVALID when the constraint does not admit the generated ids
     */
    public SamplingState(
            SamplingParams params,
            int position,
            int[] promptIds,
            int[] generatedIds,
            @Nullable TokenConstraint constraint) {
        this.params = params;
        this.position = position;
        this.history =
                params.penalties().needGenerated()
                        ? TokenHistory.of(promptIds, generatedIds)
                        : null;
        this.constraint = constraint == null ? null : constraint.after(generatedIds);
    }

    /** Tokens of the sequence so far. */
    public int position() {
        return position;
    }

    public SamplingParams params() {
        return params;
    }

    /** Whether the next draw follows from logits and parameters alone, and tells nothing more. */
    public boolean plain() {
        return constraint == null
                && history == null
                && params.bias().addends().isEmpty()
                && params.topLogProbs() == 0;
    }

    /**
     * Chooses the next id and counts it as generated.
     *
     * @param at where the caller believes the id to stand
     * @throws EngineException as {@link Sampler#sample(float[], SamplingParams, TokenHistory, int,
     *     TokenMask)} and {@link ConstraintState#mask}; STEP_INVALID when the position is another.
     *     The state stays as it was.
     */
    public Sampled sample(Sampler sampler, float[] logits, int at) {
        if (at != position) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "position to sample: %d (expected: %d)".formatted(at, position));
        }
        TokenMask mask = constraint == null ? null : constraint.mask();
        Sampled sampled = sampler.sample(logits, params, history, position, mask);
        accept(sampled.id());
        return sampled;
    }

    /**
     * Counts an id as generated that was not drawn here: one that is forced.
     *
     * @throws EngineException STEP_INVALID when the constraint does not admit it
     */
    public void accept(int id) {
        if (constraint != null) {
            constraint.accept(id);
        }
        if (history != null) {
            history.add(id);
        }
        position++;
    }

    /** Has the mask of the next draw made ahead, if there is one. */
    public void prepare(MasksAhead masks) {
        if (constraint != null) {
            masks.prepare(constraint);
        }
    }

    /** How far the constraint has come; null when there is none. */
    public @Nullable ConstraintState constraint() {
        return constraint;
    }
}
