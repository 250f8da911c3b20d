package assay.engine.layer;

import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.Backend;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.RotaryPairing;
import assay.engine.kernel.Tensor;
import assay.engine.layer.Scratch.Slot;
import assay.engine.model.AttentionSpec;
import assay.engine.model.ModelSpec;
import java.lang.foreign.Arena;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention in its absorbed form: each head's plain query is taken to the space
 * of the latent, where one cached row a token serves all heads as key and as value. Source:
 * DeepSeek-V2 (arXiv 2405.04434), 2.1; names and norms: {@code modeling_deepseek_v3.py} of
 * transformers 5.17.
 */
final class LatentAttention implements Attention {
    /** Of the two norms inside, which do not take the model's. */
    private static final float EPSILON = 1e-6f;

    private final Backend backend;
    private final KvBlocks cache;
    private final AttentionSpec.Latent spec;
    private final @Nullable Squeeze squeeze;
    private final Tensor queries;
    private final Linear latent;
    private final Tensor latentNorm;
    private final HeadMatrices heads;
    private final Linear output;
    private final AttentionRule rule;
    private final RotaryPairing pairing;

    /**
     * What queries go through first.
     *
     * @param norm (1, queryRank)
     */
    private record Squeeze(Linear input, Tensor norm) {}

    LatentAttention(
            Arena arena,
            ModelSpec model,
            AttentionSpec.Latent spec,
            LayerWeights weights,
            Backend backend,
            KvBlocks cache) {
        int hidden = model.hiddenSize();
        int rank = spec.latentRank();
        int queryWidth = spec.heads() * (spec.plainDim() + spec.turnedDim());
        this.backend = backend;
        this.cache = cache;
        this.spec = spec;
        if (spec.queryRank() == 0) {
            this.squeeze = null;
            this.queries = weights.matrix("self_attn.q_proj", queryWidth, hidden);
        } else {
            this.squeeze =
                    new Squeeze(
                            weights.linear(
                                    "self_attn.q_a_proj", spec.queryRank(), hidden, spec.bias()),
                            weights.norm("self_attn.q_a_layernorm", spec.queryRank()));
            this.queries = weights.matrix("self_attn.q_b_proj", queryWidth, spec.queryRank());
        }
        this.latent =
                weights.linear(
                        "self_attn.kv_a_proj_with_mqa",
                        rank + spec.turnedDim(),
                        hidden,
                        spec.bias());
        this.latentNorm = weights.norm("self_attn.kv_a_layernorm", rank);
        this.heads = HeadMatrices.of(arena, weights, spec);
        this.output = weights.linear("self_attn.o_proj", hidden, spec.outputWidth(), spec.bias());
        this.rule = new AttentionRule(spec.scale(), spec.window());
        this.pairing = model.rotaryPairing();
    }

    @Override
    public void forward(Tensor x, Tensor hidden, LayerStep step) {
        Tensor turned = queries(x, step);
        cache(x, step);
        Tensor attended = step.room(Slot.ATTENDED, spec.heads() * spec.latentRank());
        backend.attend(turned, cache, step.places(), rule, attended);
        Tensor values = step.room(Slot.HEAD_VALUES, spec.outputWidth());
        backend.projectHeads(attended, heads.toValue(), spec.heads(), values);
        output.addTo(backend, values, hidden);
    }

    /** (T, heads * (latentRank + turnedDim)). */
    private Tensor queries(Tensor x, LayerStep step) {
        int count = spec.heads();
        Tensor input = x;
        if (squeeze != null) {
            input = step.room(Slot.SQUEEZED, spec.queryRank());
            squeeze.input().apply(backend, x, input);
            backend.rmsNorm(input, squeeze.norm(), input, EPSILON);
        }
        Tensor whole = step.room(Slot.HEAD_QUERIES, queries.rows());
        backend.matmul(input, List.of(queries), List.of(whole));
        Tensor plain = step.room(Slot.PLAIN_QUERIES, count * spec.plainDim());
        Tensor turned = step.room(Slot.TURNED_QUERIES, count * spec.turnedDim());
        backend.splitHeads(whole, count, plain, turned);
        backend.rotate(turned, step.turns(), pairing);
        // Where the outcome of attention goes is free until then.
        Tensor onLatent = step.room(Slot.ATTENDED, count * spec.latentRank());
        backend.projectHeads(plain, heads.toLatent(), count, onLatent);
        Tensor joined = step.room(Slot.QUERIES, count * spec.keyDim());
        backend.joinHeads(onLatent, turned, count, joined);
        return joined;
    }

    private void cache(Tensor x, LayerStep step) {
        Tensor keys = step.room(Slot.KEYS, spec.keyDim());
        Tensor values = step.room(Slot.VALUES, spec.latentRank());
        Tensor turned = step.room(Slot.TURNED_KEYS, spec.turnedDim());
        latent.apply(backend, x, keys);
        backend.splitHeads(keys, 1, values, turned);
        backend.rmsNorm(values, latentNorm, values, EPSILON);
        backend.rotate(turned, step.turns(), pairing);
        backend.joinHeads(values, turned, 1, keys);
        backend.storeKv(keys, values, cache, step.places());
    }
}
