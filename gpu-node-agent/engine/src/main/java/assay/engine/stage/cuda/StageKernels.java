package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.AttentionKernels;
import assay.engine.kernel.cuda.ExpertKernels;
import assay.engine.kernel.cuda.KernelLauncher;
import assay.engine.kernel.cuda.LatentKernels;
import assay.engine.kernel.cuda.ProductKernels;
import assay.engine.kernel.cuda.RowKernels;
import assay.engine.kernel.cuda.SamplingKernels;
import assay.engine.kernel.cuda.WeightKernels;
import assay.engine.kernel.cuda.Workspace;
import assay.engine.model.AttentionSpec;
import assay.engine.model.LayerSpec;
import assay.engine.model.ModelSpec;

/**
 * The launching classes of one stage with the memory they need between their kernels, which they
 * share: one stream runs them one after the other.
 */
record StageKernels(
        RowKernels rows,
        WeightKernels weights,
        ProductKernels products,
        AttentionKernels attention,
        LatentKernels latent,
        ExpertKernels experts,
        SamplingKernels sampling) {

    /**
     * @param singles most tokens that attend each for a sequence of its own
     * @param rated most rows of logits
     */
    static StageKernels of(
            CudaStageDevice device, StageMemory memory, ModelSpec spec, int singles, int rated) {
        long bytes =
                Math.max(
                        ProductKernels.workspaceBytes(),
                        SamplingKernels.workspaceBytes(rated, spec.vocabularySize()));
        for (LayerSpec layer : spec.layers()) {
            AttentionSpec attention = layer.attention();
            bytes =
                    Math.max(
                            bytes,
                            AttentionKernels.workspaceBytes(
                                    attention.heads(), attention.valueDim(), singles));
        }
        Workspace workspace = new Workspace(memory.take("workspace of kernels", bytes), bytes);
        KernelLauncher launcher = device.launcher();
        RowKernels rows = new RowKernels(launcher);
        WeightKernels weights = new WeightKernels(launcher);
        return new StageKernels(
                rows,
                weights,
                new ProductKernels(
                        launcher, weights, rows, device.library().orElse(null), workspace),
                new AttentionKernels(launcher, workspace),
                new LatentKernels(launcher),
                new ExpertKernels(launcher),
                new SamplingKernels(launcher, workspace));
    }
}
