package assay.engine.layer;

import assay.engine.kernel.Tensor;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.LayerSpec;
import assay.engine.model.ModelSpec;
import java.lang.foreign.Arena;

/**
 * The activations inside a layer, allocated once for the largest micro-batch and used by each layer
 * in turn. Every tensor has maxTokens rows; a step takes the first T of them.
 */
public record Scratch(
        Tensor normed,
        Tensor queries,
        Tensor keys,
        Tensor values,
        Tensor attended,
        Tensor gate,
        Tensor up) {

    public static Scratch allocate(Arena arena, ModelSpec spec, int maxTokens) {
        int queries = 0;
        int keys = 0;
        int inner = 0;
        for (LayerSpec layer : spec.layers()) {
            AttentionSpec attention = layer.attention();
            queries = Math.max(queries, attention.heads() * attention.keyDim());
            keys = Math.max(keys, attention.cachedHeads() * attention.keyDim());
            if (layer.feedForward() instanceof FeedForwardSpec.Dense dense) {
                inner = Math.max(inner, dense.inner());
            }
        }
        return new Scratch(
                Tensor.allocate(arena, maxTokens, spec.hiddenSize()),
                Tensor.allocate(arena, maxTokens, queries),
                Tensor.allocate(arena, maxTokens, keys),
                Tensor.allocate(arena, maxTokens, keys),
                Tensor.allocate(arena, maxTokens, queries),
                Tensor.allocate(arena, maxTokens, inner),
                Tensor.allocate(arena, maxTokens, inner));
    }

    /** Widest input of a product in any layer. */
    public int widest() {
        return Math.max(Math.max(normed.width(), attended.width()), gate.width());
    }
}
