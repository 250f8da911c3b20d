package assay.engine.stage.cuda;

import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.RotaryPairing;
import assay.engine.kernel.cuda.DeviceKv;
import assay.engine.kernel.cuda.DeviceMatrix;
import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.LatentKernels.Sizes;
import assay.engine.kernel.cuda.ProductOutput;
import assay.engine.model.AttentionSpec;
import assay.engine.model.ModelSpec;
import assay.engine.stage.cuda.LayerTensors.Linear;
import assay.engine.stage.cuda.Rooms.Slot;
import assay.engine.stage.cuda.WeightSource.HeadPair;
import org.jspecify.annotations.Nullable;

/**
 * Multi-head latent attention in its absorbed form: one cached row a token serves all heads as key
 * and as value. Source: DeepSeek-V2 (arXiv 2405.04434), 2.1.
 */
final class LatentBlock implements CudaLayer.Block {
    /** Of the two norms inside, which do not take the model's. */
    private static final float EPSILON = 1e-6f;

    private final StageKernels kernels;
    private final DeviceKv cache;
    private final AttentionSpec.Latent spec;
    private final Sizes sizes;
    private final @Nullable Squeeze squeeze;
    private final DeviceMatrix queries;
    private final Linear latent;
    private final long latentNorm;
    private final HeadPair heads;
    private final Linear output;
    private final AttentionRule rule;
    private final RotaryPairing pairing;

    /** What queries go through first: a product, then a norm of (queryRank) f32. */
    private record Squeeze(Linear input, long norm) {}

    LatentBlock(
            ModelSpec model,
            AttentionSpec.Latent spec,
            LayerTensors weights,
            StageKernels kernels,
            DeviceKv cache) {
        int hidden = model.hiddenSize();
        int queryWidth = spec.heads() * (spec.plainDim() + spec.turnedDim());
        this.kernels = kernels;
        this.cache = cache;
        this.spec = spec;
        this.sizes = new Sizes(spec.heads(), spec.plainDim(), spec.turnedDim(), spec.latentRank());
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
                weights.linear("self_attn.kv_a_proj_with_mqa", spec.keyDim(), hidden, spec.bias());
        this.latentNorm = weights.norm("self_attn.kv_a_layernorm", spec.latentRank());
        this.heads = weights.heads(spec);
        this.output = weights.linear("self_attn.o_proj", hidden, spec.outputWidth(), spec.bias());
        this.rule = new AttentionRule(spec.scale(), spec.window());
        this.pairing = model.rotaryPairing();
    }

    @Override
    public void run(DeviceRows x, StepFrame step) {
        long stream = step.stream();
        DeviceRows joined = queries(x, step);
        DeviceRows projected = step.room(Slot.PROJECTED, spec.keyDim());
        kernels.products()
                .product(
                        stream,
                        x,
                        latent.weight(),
                        ProductOutput.into(projected).withBias(latent.bias()));
        kernels.latent()
                .store(
                        stream,
                        sizes,
                        projected,
                        latentNorm,
                        EPSILON,
                        step.turns(),
                        pairing,
                        step.tokens(),
                        cache);
        DeviceRows attended = step.room(Slot.ATTENDED, spec.heads() * spec.latentRank());
        Attention.run(kernels.attention(), joined, step, cache, rule, attended);
        DeviceRows values = step.room(Slot.HEAD_VALUES, spec.outputWidth());
        kernels.products()
                .projectHeads(
                        stream,
                        attended,
                        spec.latentRank(),
                        heads.toValue(),
                        spec.heads(),
                        values,
                        spec.headValueDim());
        kernels.products()
                .product(
                        stream,
                        values,
                        output.weight(),
                        ProductOutput.addedTo(step.hidden()).withBias(output.bias()));
    }

    /** (T, heads * (latentRank + turnedDim)). */
    private DeviceRows queries(DeviceRows x, StepFrame step) {
        long stream = step.stream();
        DeviceRows input = x;
        if (squeeze != null) {
            input = step.room(Slot.SQUEEZED, spec.queryRank());
            kernels.products()
                    .product(
                            stream,
                            x,
                            squeeze.input().weight(),
                            ProductOutput.into(input).withBias(squeeze.input().bias()));
            kernels.rows().rmsNorm(stream, input, squeeze.norm(), EPSILON, input);
        }
        DeviceRows whole = step.room(Slot.WHOLE_QUERIES, queries.rows());
        kernels.products().product(stream, input, queries, ProductOutput.into(whole));
        DeviceRows joined = step.room(Slot.JOINED_QUERIES, spec.heads() * spec.keyDim());
        kernels.products()
                .projectHeads(
                        stream,
                        whole,
                        spec.plainDim() + spec.turnedDim(),
                        heads.toLatent(),
                        spec.heads(),
                        joined,
                        spec.keyDim());
        kernels.latent().turnQueries(stream, sizes, whole, step.turns(), pairing, joined);
        return joined;
    }
}
