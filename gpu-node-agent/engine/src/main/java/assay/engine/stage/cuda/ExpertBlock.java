package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.DeviceMatrix;
import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.ExpertKernels.Rule;
import assay.engine.kernel.cuda.ExpertKernels.Visits;
import assay.engine.kernel.cuda.ProductOutput;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.FeedForwardSpec.Router;
import assay.engine.model.ModelSpec;
import assay.engine.stage.cuda.Rooms.Slot;
import assay.engine.weights.TensorNames;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts whose routing never leaves the device. Source: Mixtral (arXiv 2401.04088),
 * 2; of the expert that all tokens share: DeepSeekMoE (arXiv 2401.06066), 3.2.
 */
final class ExpertBlock implements CudaLayer.Block {
    private final StageKernels kernels;
    private final FeedForwardSpec.Experts spec;
    private final DeviceMatrix router;
    private final Rule rule;
    private final DeviceMatrix gate;
    private final DeviceMatrix up;
    private final DeviceMatrix down;
    private final @Nullable GatedBlock shared;

    ExpertBlock(
            ModelSpec model,
            FeedForwardSpec.Experts spec,
            LayerTensors weights,
            StageKernels kernels) {
        int hidden = model.hiddenSize();
        var names = TensorNames.ExpertNames.of(model);
        this.kernels = kernels;
        this.spec = spec;
        this.router = weights.matrix(names.router(), spec.count(), hidden);
        this.rule =
                switch (spec.router()) {
                    case Router.Softmax(boolean normalised) -> new Rule.Softmax(normalised);
                    case Router.GroupedSigmoid sigmoid ->
                            new Rule.GroupedSigmoid(
                                    sigmoid.groups(),
                                    sigmoid.groupsKept(),
                                    sigmoid.normalised(),
                                    sigmoid.scale(),
                                    weights.vector(TensorNames.SELECTION_BIAS, spec.count()));
                };
        this.gate = weights.stacked(all(names::gate), spec.inner(), hidden);
        this.up = weights.stacked(all(names::up), spec.inner(), hidden);
        this.down = weights.stacked(all(names::down), hidden, spec.inner());
        this.shared =
                spec.sharedInner() == 0
                        ? null
                        : new GatedBlock(
                                TensorNames.SHARED_EXPERTS,
                                spec.sharedInner(),
                                hidden,
                                false,
                                weights,
                                kernels);
    }

    private String[] all(IntFunction<String> name) {
        String[] names = new String[spec.count()];
        java.util.Arrays.setAll(names, name);
        return names;
    }

    @Override
    public void run(DeviceRows x, StepFrame step) {
        long stream = step.stream();
        int pairs = step.count() * spec.perToken();
        long logits = step.rooms().address(Slot.ROUTER);
        Visits visits =
                Visits.at(
                        step.rooms().address(Slot.VISITS),
                        step.count(),
                        spec.count(),
                        spec.perToken());
        DeviceRows inner = step.rooms().rows(Slot.EXPERT_INNER, pairs, spec.inner());
        long outcomes = step.rooms().address(Slot.OUTCOMES);
        kernels.products().product(stream, x, router, ProductOutput.floats(logits, spec.count()));
        kernels.experts().route(stream, logits, rule, visits);
        kernels.experts().group(stream, visits);
        kernels.experts().gatedProducts(stream, x, visits, gate, up, inner);
        kernels.experts().products(stream, inner, visits, down, outcomes);
        kernels.experts().combine(stream, outcomes, visits, step.hidden());
        if (shared != null) {
            shared.run(x, step);
        }
    }
}
