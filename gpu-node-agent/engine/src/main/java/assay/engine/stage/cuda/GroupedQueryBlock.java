package assay.engine.stage.cuda;

import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.cuda.AttentionKernels.Heads;
import assay.engine.kernel.cuda.DeviceKv;
import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.ProductOutput;
import assay.engine.model.AttentionSpec;
import assay.engine.model.ModelSpec;
import assay.engine.stage.cuda.LayerTensors.Linear;
import assay.engine.stage.cuda.LayerTensors.Part;
import assay.engine.stage.cuda.Rooms.Slot;
import java.util.List;

/** Grouped-query attention with rotary positions (arXiv 2305.13245). */
final class GroupedQueryBlock implements CudaLayer.Block {
    private final StageKernels kernels;
    private final DeviceKv cache;
    private final AttentionSpec.GroupedQuery spec;
    private final Linear inputs;
    private final Linear output;
    private final Heads heads;
    private final AttentionRule rule;

    GroupedQueryBlock(
            ModelSpec model,
            AttentionSpec.GroupedQuery spec,
            LayerTensors weights,
            StageKernels kernels,
            DeviceKv cache) {
        int kvWidth = spec.kvHeads() * spec.headDim();
        this.kernels = kernels;
        this.cache = cache;
        this.spec = spec;
        this.inputs =
                weights.stacked(
                        List.of(
                                new Part("self_attn.q_proj", spec.outputWidth()),
                                new Part("self_attn.k_proj", kvWidth),
                                new Part("self_attn.v_proj", kvWidth)),
                        model.hiddenSize(),
                        spec.inputBias());
        this.output =
                weights.linear(
                        "self_attn.o_proj",
                        model.hiddenSize(),
                        spec.outputWidth(),
                        spec.outputBias());
        boolean norms = spec.headNorms();
        this.heads =
                new Heads(
                        spec.heads(),
                        norms ? weights.norm("self_attn.q_norm", spec.headDim()) : 0,
                        norms ? weights.norm("self_attn.k_norm", spec.headDim()) : 0,
                        model.rmsNormEpsilon(),
                        model.rotaryPairing());
        this.rule = new AttentionRule(spec.scale(), spec.window());
    }

    @Override
    public void run(DeviceRows x, StepFrame step) {
        long stream = step.stream();
        DeviceRows projected =
                step.room(Slot.PROJECTED, (spec.heads() + 2 * spec.kvHeads()) * spec.headDim());
        DeviceRows attended = step.room(Slot.ATTENDED, spec.outputWidth());
        kernels.products()
                .product(
                        stream,
                        x,
                        inputs.weight(),
                        ProductOutput.into(projected).withBias(inputs.bias()));
        kernels.attention().prepare(stream, projected, heads, step.turns(), step.tokens(), cache);
        Attention.run(
                kernels.attention(),
                projected.columns(0, spec.outputWidth()),
                step,
                cache,
                rule,
                attended);
        kernels.products()
                .product(
                        stream,
                        attended,
                        output.weight(),
                        ProductOutput.addedTo(step.hidden()).withBias(output.bias()));
    }
}
