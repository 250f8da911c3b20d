package assay.engine.layer;

import assay.engine.kernel.Backend;
import assay.engine.kernel.Tensor;
import assay.engine.layer.Scratch.Slot;
import java.util.List;

/**
 * {@code down(silu(gate(x)) * up(x))}: the whole feed-forward of a dense layer, or one expert.
 * Source: SwiGLU (arXiv 2002.05202).
 */
final class GatedBlock implements FeedForward {
    private final Backend backend;
    private final Linear.Fan inputs;
    private final Linear output;

    GatedBlock(Backend backend, Linear gate, Linear up, Linear down) {
        this.backend = backend;
        this.inputs = Linear.Fan.of(gate, up);
        this.output = down;
    }

    /** By the names that all dense and shared blocks use. */
    static GatedBlock named(
            String name,
            int inner,
            int hidden,
            boolean bias,
            LayerWeights weights,
            Backend backend) {
        return new GatedBlock(
                backend,
                weights.linear(name + ".gate_proj", inner, hidden, bias),
                weights.linear(name + ".up_proj", inner, hidden, bias),
                weights.linear(name + ".down_proj", hidden, inner, bias));
    }

    @Override
    public void forward(Tensor x, Tensor hidden, LayerStep step) {
        output.addTo(backend, gated(x, step), hidden);
    }

    /**
     * @param x (R, hidden), at most as many rows as the step has tokens
     * @param out (R, hidden)
     */
    void apply(Tensor x, Tensor out, LayerStep step) {
        output.apply(backend, gated(x, step), out);
    }

    private Tensor gated(Tensor x, LayerStep step) {
        int inner = output.weight().width();
        Tensor gate = step.scratch().room(Slot.GATE, x.rows(), inner);
        Tensor up = step.scratch().room(Slot.UP, x.rows(), inner);
        inputs.apply(backend, x, List.of(gate, up));
        backend.siluMultiply(gate, up, gate);
        return gate;
    }
}
