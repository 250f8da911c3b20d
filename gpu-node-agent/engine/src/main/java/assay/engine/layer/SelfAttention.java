package assay.engine.layer;

import assay.engine.kernel.Backend;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.Tensor;
import assay.engine.model.ModelSpec;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.TensorNames;
import java.util.List;

/** Grouped-query attention with rotary positions. Source: arXiv 2305.13245. */
final class SelfAttention {
    private final Backend backend;
    private final KvBlocks cache;
    private final List<Tensor> inputs;
    private final Tensor output;
    private final float scale;

    SelfAttention(
            ModelSpec spec,
            Checkpoint checkpoint,
            int layerIndex,
            Backend backend,
            KvBlocks cache) {
        int hidden = spec.hiddenSize();
        this.backend = backend;
        this.cache = cache;
        this.inputs =
                List.of(
                        weight(checkpoint, layerIndex, "q_proj", spec.queryWidth(), hidden),
                        weight(checkpoint, layerIndex, "k_proj", spec.kvWidth(), hidden),
                        weight(checkpoint, layerIndex, "v_proj", spec.kvWidth(), hidden));
        this.output = weight(checkpoint, layerIndex, "o_proj", hidden, spec.queryWidth());
        this.scale = (float) (1 / Math.sqrt(spec.headDim()));
    }

    private static Tensor weight(
            Checkpoint checkpoint, int layerIndex, String name, int rows, int width) {
        return checkpoint
                .tensor(TensorNames.ofLayer(layerIndex, "self_attn." + name))
                .matrix(rows, width);
    }

    /**
     * @param x (T, hidden), normalised
     * @param hidden (T, hidden), added to
     */
    void forward(Tensor x, Tensor hidden, LayerStep step) {
        int tokens = step.tokens();
        Tensor queries = step.scratch().queries().rows(0, tokens);
        Tensor keys = step.scratch().keys().rows(0, tokens);
        Tensor values = step.scratch().values().rows(0, tokens);
        Tensor attended = step.scratch().attended().rows(0, tokens);
        backend.matmul(x, inputs, List.of(queries, keys, values));
        backend.rotate(queries, step.turns());
        backend.rotate(keys, step.turns());
        backend.storeKv(keys, values, cache, step.places());
        backend.attend(queries, cache, step.places(), scale, attended);
        backend.addMatmul(attended, output, hidden);
    }
}
