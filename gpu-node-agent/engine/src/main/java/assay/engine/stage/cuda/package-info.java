/**
 * Stages on a GPU: the same networks as {@link assay.engine.layer}, as sequences of launches of
 * {@link assay.engine.kernel.cuda}. The residual stream stays on the device in bf16, and is what
 * goes from one stage to the next. All device memory is taken at load. {@link
 * assay.engine.stage.cuda.CudaStage} is where to start. Confined to the thread of their stage.
 */
@NullMarked
package assay.engine.stage.cuda;

import org.jspecify.annotations.NullMarked;
