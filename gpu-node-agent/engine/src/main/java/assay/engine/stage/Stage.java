package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.cache.KeptTable;
import assay.engine.kernel.Backend;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.weights.Checkpoint;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A range of layers with its KV cache. The first stage embeds token ids, the last applies the final
 * norm and samples; a stage that is both is the whole model. What it answers for a token does not
 * depend on how the model is split.
 *
 * <p>Where it computes is its {@link StageDevice}'s matter. On the processor, what it answers for a
 * token does not depend either on how a prompt is cut into slices, or on what else runs: bit for
 * bit. On a GPU that holds up to the rounding of bf16; the same steps give the same bits.
 *
 * <p>Confined to one thread at a time, {@link #close} included.
 */
public interface Stage extends AutoCloseable {
    /**
     * A stage in main memory. Takes the range's own tensors out of the checkpoint and allocates
     * everything a step needs.
     *
     * @throws EngineException MODEL_INVALID or MODEL_UNSUPPORTED names the tensor, OUT_OF_MEMORY
     *     what was asked for
     */
    static Stage load(
            ModelSpec spec,
            Checkpoint checkpoint,
            LayerRange range,
            Backend backend,
            StageConfig config) {
        return CpuStage.load(spec, checkpoint, range, backend, config);
    }

    /** Bytes of the weights that this stage holds, as the files have them. */
    long weightBytes();

    /** Bytes of the KV memory of this stage. */
    long kvBytes();

    /** Positions that the KV cache can still take, in whole blocks. */
    int freeKvTokens();

    /** Runs one micro-batch, whose slices bring along what the last stage is to sample. */
    default StageOutput step(MicroBatch batch, StageInput input) {
        return step(batch, input, null);
    }

    /** The same, and shows the logits of each of its tokens if this is the last stage. */
    default StageOutput step(
            MicroBatch batch, StageInput input, @Nullable LogitsObserver observer) {
        return step(batch, input, batch.ownDemands(), observer);
    }

    /**
     * Runs one micro-batch and answers for it.
     *
     * @param demands for the last stage; the others pass them over
     * @throws EngineException as for {@link #forward} and {@link #answer}
     */
    default StageOutput step(
            MicroBatch batch,
            StageInput input,
            List<SliceDemand> demands,
            @Nullable LogitsObserver observer) {
        Optional<StageOutput.Hidden> onward = forward(batch, input);
        if (onward.isPresent()) {
            return onward.get();
        }
        if (observer != null) {
            observe(observer);
        }
        return answer(demands);
    }

    /**
     * Runs the layers on one micro-batch.
     *
     * @return the input of the next stage; empty on the last, which is then asked to {@link
     *     #answer}
     * @throws EngineException STEP_INVALID when batch and input do not fit each other or this
     *     stage, KV_EXHAUSTED. Where the stage takes free blocks itself, nothing has changed then;
     *     else the sequences of the step must be released
     */
    Optional<StageOutput.Hidden> forward(MicroBatch batch, StageInput input);

    /**
     * Runs the layers and brings the outcome to the next stage of this process, from device to
     * device where both can; what it returns is that stage's input. May return before the step has
     * run. Not on the last stage.
     *
     * @throws EngineException as for {@link #forward}
     */
    default StageInput forwardTo(Stage next, MicroBatch batch, StageInput input) {
        return new StageInput.Hidden(
                forward(batch, input)
                        .orElseThrow(() ->
                                new EngineException(
                                        ErrorCode.STEP_INVALID, "next stage: one behind the last"))
                        .data());
    }

    /**
     * Shows the logits of each token of the step that {@link #forward} ran last, before its answer;
     * on the last stage.
     */
    void observe(LogitsObserver observer);

    /**
     * Answers for the step that {@link #forward} ran last; on the last stage, once for each step.
     *
     * @param demands one for each slice that is to be answered
     * @throws EngineException STEP_INVALID when a demand does not fit the step, LOGITS_NOT_FINITE;
     *     the sequences of the step must then be released
     */
    StageOutput.Sampled answer(List<SliceDemand> demands);

    /**
     * Runs made-up steps until the kernels are compiled: a stage that reports ready before that
     * answers its first requests a hundred times slower. Takes seconds at most; holds no sequence
     * afterwards.
     */
    void warmUp();

    /** Frees the KV of sequences that are over; unknown ids are passed over. */
    void release(Collection<Long> sequenceIds);

    /**
     * The steps in flight are lost: goes on with these sequences as far as said, forgets all others
     * and what was sampled.
     *
     * @throws EngineException STEP_INVALID when it has less than that; then no sequence holds KV
     */
    void keep(List<KeptTable> kept);

    /** Begins anew: no sequence holds KV. */
    void reset();

    /** Frees its memory; the device and, where it was needed, the checkpoint are still open. */
    @Override
    void close();
}
