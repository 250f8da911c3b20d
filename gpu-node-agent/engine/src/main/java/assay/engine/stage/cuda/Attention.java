package assay.engine.stage.cuda;

import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.cuda.AttentionKernels;
import assay.engine.kernel.cuda.DeviceKv;
import assay.engine.kernel.cuda.DeviceRows;

/**
 * Each token of a step by the kernel for its kind: alone with its sequence, or part of a prompt.
 */
final class Attention {
    private Attention() {}

    /**
     * @param queries (T, H * keyDim), turned
     * @param out (T, H * valueDim)
     */
    static void run(
            AttentionKernels kernels,
            DeviceRows queries,
            StepFrame step,
            DeviceKv cache,
            AttentionRule rule,
            DeviceRows out) {
        StepFrame.Runs runs = step.runs();
        for (StepFrame.Singles singles : runs.singles()) {
            kernels.attendDecode(
                    step.stream(),
                    queries.rows(singles.first(), singles.count()),
                    step.tokens().slice(singles.first(), singles.count()),
                    cache,
                    rule,
                    out.rows(singles.first(), singles.count()));
        }
        if (runs.tileCount() > 0) {
            kernels.attendPrefill(
                    step.stream(),
                    queries,
                    step.tokens(),
                    runs.tiles(),
                    runs.tileCount(),
                    cache,
                    rule,
                    out);
        }
    }
}
