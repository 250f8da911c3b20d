package assay.engine.layer;

import assay.engine.kernel.Backend;
import assay.engine.kernel.Tensor;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.ModelSpec;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.TensorNames;
import java.util.List;

/** The gated feed-forward block. Source: SwiGLU (arXiv 2002.05202). */
final class FeedForward {
    private final Backend backend;
    private final List<Tensor> inputs;
    private final Tensor output;

    FeedForward(
            ModelSpec spec,
            FeedForwardSpec.Dense dense,
            Checkpoint checkpoint,
            int layerIndex,
            Backend backend) {
        int hidden = spec.hiddenSize();
        int inner = dense.inner();
        this.backend = backend;
        this.inputs =
                List.of(
                        weight(checkpoint, layerIndex, "gate_proj", inner, hidden),
                        weight(checkpoint, layerIndex, "up_proj", inner, hidden));
        this.output = weight(checkpoint, layerIndex, "down_proj", hidden, inner);
    }

    private static Tensor weight(
            Checkpoint checkpoint, int layerIndex, String name, int rows, int width) {
        return checkpoint
                .tensor(TensorNames.ofLayer(layerIndex, "mlp." + name))
                .matrix(rows, width);
    }

    /**
     * @param x (T, hidden), normalised
     * @param hidden (T, hidden), added to
     */
    void forward(Tensor x, Tensor hidden, LayerStep step) {
        Tensor gate = step.scratch().gate().rows(0, step.tokens());
        Tensor up = step.scratch().up().rows(0, step.tokens());
        backend.matmul(x, inputs, List.of(gate, up));
        backend.siluMultiply(gate, up, gate);
        backend.addMatmul(gate, output, hidden);
    }
}
