package assay.engine.layer;

import assay.engine.kernel.Tensor;
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
        return new Scratch(
                Tensor.allocate(arena, maxTokens, spec.hiddenSize()),
                Tensor.allocate(arena, maxTokens, spec.queryWidth()),
                Tensor.allocate(arena, maxTokens, spec.kvWidth()),
                Tensor.allocate(arena, maxTokens, spec.kvWidth()),
                Tensor.allocate(arena, maxTokens, spec.queryWidth()),
                Tensor.allocate(arena, maxTokens, spec.intermediateSize()),
                Tensor.allocate(arena, maxTokens, spec.intermediateSize()));
    }
}
