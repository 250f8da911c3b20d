package assay.engine.layer;

import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.Backend;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.RotaryPairing;
import assay.engine.kernel.Tensor;
import assay.engine.model.AttentionSpec;
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
    private final AttentionRule rule;
    private final RotaryPairing pairing;

    SelfAttention(
            ModelSpec spec,
            AttentionSpec.GroupedQuery attention,
            Checkpoint checkpoint,
            int layerIndex,
            Backend backend,
            KvBlocks cache) {
        int hidden = spec.hiddenSize();
        this.backend = backend;
        this.cache = cache;
        int width = attention.outputWidth();
        int kvWidth = attention.kvHeads() * attention.headDim();
        this.inputs =
                List.of(
                        weight(checkpoint, layerIndex, "q_proj", width, hidden),
                        weight(checkpoint, layerIndex, "k_proj", kvWidth, hidden),
                        weight(checkpoint, layerIndex, "v_proj", kvWidth, hidden));
        this.output = weight(checkpoint, layerIndex, "o_proj", hidden, width);
        this.rule = new AttentionRule(attention.scale(), attention.window());
        this.pairing = spec.rotaryPairing();
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
        backend.rotate(queries, step.turns(), pairing);
        backend.rotate(keys, step.turns(), pairing);
        backend.storeKv(keys, values, cache, step.places());
        backend.attend(queries, cache, step.places(), rule, attended);
        backend.addMatmul(attended, output, hidden);
    }
}
