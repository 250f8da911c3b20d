package assay.engine.layer;

import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.Backend;
import assay.engine.kernel.KvBlocks;
import assay.engine.kernel.RotaryPairing;
import assay.engine.kernel.Tensor;
import assay.engine.layer.Scratch.Slot;
import assay.engine.model.AttentionSpec;
import assay.engine.model.ModelSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Grouped-query attention with rotary positions (arXiv 2305.13245); queries and keys may be
 * normalised head by head before they are turned (QK-Norm, arXiv 2302.05442, 2).
 */
final class GroupedQueryAttention implements Attention {
    private final Backend backend;
    private final KvBlocks cache;
    private final AttentionSpec.GroupedQuery spec;
    private final Linear.Fan inputs;
    private final Linear output;
    private final @Nullable Tensor queryNorm;
    private final @Nullable Tensor keyNorm;
    private final float epsilon;
    private final AttentionRule rule;
    private final RotaryPairing pairing;

    GroupedQueryAttention(
            ModelSpec model,
            AttentionSpec.GroupedQuery spec,
            LayerWeights weights,
            Backend backend,
            KvBlocks cache) {
        int hidden = model.hiddenSize();
        int width = spec.outputWidth();
        int kvWidth = spec.kvHeads() * spec.headDim();
        this.backend = backend;
        this.cache = cache;
        this.spec = spec;
        this.inputs =
                Linear.Fan.of(
                        weights.linear("self_attn.q_proj", width, hidden, spec.inputBias()),
                        weights.linear("self_attn.k_proj", kvWidth, hidden, spec.inputBias()),
                        weights.linear("self_attn.v_proj", kvWidth, hidden, spec.inputBias()));
        this.output = weights.linear("self_attn.o_proj", hidden, width, spec.outputBias());
        this.queryNorm = spec.headNorms() ? weights.norm("self_attn.q_norm", spec.headDim()) : null;
        this.keyNorm = spec.headNorms() ? weights.norm("self_attn.k_norm", spec.headDim()) : null;
        this.epsilon = model.rmsNormEpsilon();
        this.rule = new AttentionRule(spec.scale(), spec.window());
        this.pairing = model.rotaryPairing();
    }

    @Override
    public void forward(Tensor x, Tensor hidden, LayerStep step) {
        int width = spec.outputWidth();
        int kvWidth = spec.kvHeads() * spec.headDim();
        Tensor queries = step.room(Slot.QUERIES, width);
        Tensor keys = step.room(Slot.KEYS, kvWidth);
        Tensor values = step.room(Slot.VALUES, kvWidth);
        Tensor attended = step.room(Slot.ATTENDED, width);
        inputs.apply(backend, x, List.of(queries, keys, values));
        normHeads(queries, queryNorm);
        normHeads(keys, keyNorm);
        backend.rotate(queries, step.turns(), pairing);
        backend.rotate(keys, step.turns(), pairing);
        backend.storeKv(keys, values, cache, step.places());
        backend.attend(queries, cache, step.places(), rule, attended);
        output.addTo(backend, attended, hidden);
    }

    private void normHeads(Tensor x, @Nullable Tensor norm) {
        if (norm != null) {
            Tensor heads = x.shaped(x.rows() * x.width() / norm.width(), norm.width());
            backend.rmsNorm(heads, norm, heads, epsilon);
        }
    }
}
