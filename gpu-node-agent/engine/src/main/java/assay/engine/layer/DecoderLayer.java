package assay.engine.layer;

import assay.engine.kernel.Backend;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.Tensor;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.ModelSpec;
import assay.engine.weights.StageWeights;
import assay.engine.weights.TensorNames;
import java.lang.foreign.Arena;

/** One layer: attention, then feed-forward, each on the normalised hidden state and added to it. */
public final class DecoderLayer {
    private final Backend backend;
    private final float epsilon;
    private final Tensor attentionNorm;
    private final Tensor feedForwardNorm;
    private final Attention attention;
    private final FeedForward feedForward;

    /**
     * @param arena for weights that are not used as they are stored
     * @param layerIndex within the model
     * @param cache this layer's KV memory
     * @throws assay.engine.EngineException MODEL_INVALID or MODEL_UNSUPPORTED names the tensor
     */
    public DecoderLayer(
            Arena arena,
            ModelSpec spec,
            StageWeights stageWeights,
            int layerIndex,
            Backend backend,
            KvBlocks cache) {
        LayerWeights weights = new LayerWeights(stageWeights, layerIndex);
        this.backend = backend;
        this.epsilon = spec.rmsNormEpsilon();
        this.attentionNorm = weights.norm(TensorNames.ATTENTION_NORM, spec.hiddenSize());
        this.feedForwardNorm = weights.norm(TensorNames.FEED_FORWARD_NORM, spec.hiddenSize());
        this.attention =
                switch (spec.layer(layerIndex).attention()) {
                    case AttentionSpec.GroupedQuery grouped ->
                            new GroupedQueryAttention(spec, grouped, weights, backend, cache);
                    case AttentionSpec.Latent latent ->
                            new LatentAttention(arena, spec, latent, weights, backend, cache);
                };
        this.feedForward =
                switch (spec.layer(layerIndex).feedForward()) {
                    case FeedForwardSpec.Dense dense ->
                            GatedBlock.named(
                                    "mlp",
                                    dense.inner(),
                                    spec.hiddenSize(),
                                    dense.bias(),
                                    weights,
                                    backend);
                    case FeedForwardSpec.Experts experts ->
                            new ExpertMixture(spec, experts, weights, backend);
                };
    }

    /** Advances the hidden state, (T, hidden), in place. */
    public void forward(Tensor hidden, LayerStep step) {
        Tensor normed = step.room(Scratch.Slot.NORMED, hidden.width());
        backend.rmsNorm(hidden, attentionNorm, normed, epsilon);
        attention.forward(normed, hidden, step);
        backend.rmsNorm(hidden, feedForwardNorm, normed, epsilon);
        feedForward.forward(normed, hidden, step);
    }
}
