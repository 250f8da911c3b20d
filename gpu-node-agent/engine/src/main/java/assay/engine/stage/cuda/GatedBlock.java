package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.ProductOutput;
import assay.engine.stage.cuda.LayerTensors.Linear;
import assay.engine.stage.cuda.Rooms.Slot;

/** {@code down(silu(gate(x)) * up(x))} (SwiGLU, arXiv 2002.05202), for all tokens. */
final class GatedBlock implements CudaLayer.Block {
    private final StageKernels kernels;
    private final Linear gate;
    private final Linear up;
    private final Linear down;

    GatedBlock(
            String name,
            int inner,
            int hidden,
            boolean bias,
            LayerTensors weights,
            StageKernels kernels) {
        this.kernels = kernels;
        this.gate = weights.linear(name + ".gate_proj", inner, hidden, bias);
        this.up = weights.linear(name + ".up_proj", inner, hidden, bias);
        this.down = weights.linear(name + ".down_proj", hidden, inner, bias);
    }

    @Override
    public void run(DeviceRows x, StepFrame step) {
        int inner = gate.weight().rows();
        DeviceRows scratch = step.room(Slot.GATE, inner);
        DeviceRows gated = step.room(Slot.GATED, inner);
        kernels.products()
                .gatedProduct(
                        step.stream(),
                        x,
                        gate.weight(),
                        up.weight(),
                        gate.bias(),
                        up.bias(),
                        scratch,
                        gated);
        kernels.products()
                .product(
                        step.stream(),
                        gated,
                        down.weight(),
                        ProductOutput.addedTo(step.hidden()).withBias(down.bias()));
    }
}
