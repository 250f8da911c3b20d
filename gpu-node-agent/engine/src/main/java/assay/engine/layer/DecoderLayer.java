package assay.engine.layer;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.Backend;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.Tensor;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.ModelSpec;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.TensorNames;

/** One layer: attention, then feed-forward, each on the normalised hidden state and added to it. */
public final class DecoderLayer {
    private final Backend backend;
    private final float epsilon;
    private final Tensor attentionNorm;
    private final Tensor feedForwardNorm;
    private final SelfAttention attention;
    private final FeedForward feedForward;

    /**
     * @param layerIndex within the model
     * @param cache this layer's KV memory
     */
    public DecoderLayer(
            ModelSpec spec,
            Checkpoint checkpoint,
            int layerIndex,
            Backend backend,
            KvBlocks cache) {
        this.backend = backend;
        this.epsilon = spec.rmsNormEpsilon();
        this.attentionNorm = norm(spec, checkpoint, layerIndex, "input_layernorm");
        this.feedForwardNorm = norm(spec, checkpoint, layerIndex, "post_attention_layernorm");
        this.attention =
                switch (spec.layer(layerIndex).attention()) {
                    case AttentionSpec.GroupedQuery grouped ->
                            new SelfAttention(
                                    spec, grouped, checkpoint, layerIndex, backend, cache);
                    case AttentionSpec.Latent latent -> throw unsupported(latent);
                };
        this.feedForward =
                switch (spec.layer(layerIndex).feedForward()) {
                    case FeedForwardSpec.Dense dense ->
                            new FeedForward(spec, dense, checkpoint, layerIndex, backend);
                    case FeedForwardSpec.Experts experts -> throw unsupported(experts);
                };
    }

    private static EngineException unsupported(Record part) {
        return new EngineException(ErrorCode.MODEL_UNSUPPORTED, "layer: " + part);
    }

    private static Tensor norm(ModelSpec spec, Checkpoint checkpoint, int layerIndex, String name) {
        return checkpoint.tensor(TensorNames.ofLayer(layerIndex, name)).matrix(spec.hiddenSize());
    }

    /** Advances the hidden state, (T, hidden), in place. */
    public void forward(Tensor hidden, LayerStep step) {
        Tensor normed = step.scratch().normed().rows(0, step.tokens());
        backend.rmsNorm(hidden, attentionNorm, normed, epsilon);
        attention.forward(normed, hidden, step);
        backend.rmsNorm(hidden, feedForwardNorm, normed, epsilon);
        feedForward.forward(normed, hidden, step);
    }
}
