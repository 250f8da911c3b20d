package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.DeviceKv;
import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.ModelSpec;
import assay.engine.stage.cuda.Rooms.Slot;
import assay.engine.weights.TensorNames;

/** One layer: attention, then feed-forward, each on the normalised hidden state and added to it. */
final class CudaLayer {
    private final StageKernels kernels;
    private final float epsilon;
    private final long attentionNorm;
    private final long feedForwardNorm;
    private final Block attention;
    private final Block feedForward;

    /** A part of a layer. */
    interface Block {
        /**
         * Adds its outcome to the hidden state.
         *
         * @param x (T, hidden), normalised
         */
        void run(DeviceRows x, StepFrame step);
    }

    /**
     * Uploads the layer.
     *
     * @param index within the model
     * @throws assay.engine.EngineException MODEL_INVALID or MODEL_UNSUPPORTED names the tensor
     */
    CudaLayer(
            ModelSpec spec, WeightSource source, int index, StageKernels kernels, DeviceKv cache) {
        this.kernels = kernels;
        this.epsilon = spec.rmsNormEpsilon();
        LayerTensors weights = new LayerTensors(source, index);
        this.attentionNorm = weights.norm(TensorNames.ATTENTION_NORM, spec.hiddenSize());
        this.feedForwardNorm = weights.norm(TensorNames.FEED_FORWARD_NORM, spec.hiddenSize());
        this.attention =
                switch (spec.layer(index).attention()) {
                    case AttentionSpec.GroupedQuery grouped ->
                            new GroupedQueryBlock(spec, grouped, weights, kernels, cache);
                    case AttentionSpec.Latent latent ->
                            new LatentBlock(spec, latent, weights, kernels, cache);
                };
        this.feedForward =
                switch (spec.layer(index).feedForward()) {
                    case FeedForwardSpec.Dense dense ->
                            new GatedBlock(
                                    "mlp",
                                    dense.inner(),
                                    spec.hiddenSize(),
                                    dense.bias(),
                                    weights,
                                    kernels);
                    case FeedForwardSpec.Experts experts ->
                            new ExpertBlock(spec, experts, weights, kernels);
                };
    }

    /** Advances the hidden state of a step in place. */
    void forward(StepFrame step) {
        DeviceRows hidden = step.hidden();
        DeviceRows normed = step.room(Slot.NORMED, hidden.width());
        kernels.rows().rmsNorm(step.stream(), hidden, attentionNorm, epsilon, normed);
        attention.run(normed, step);
        kernels.rows().rmsNorm(step.stream(), hidden, feedForwardNorm, epsilon, normed);
        feedForward.run(normed, step);
    }
}
