/**
 * The inference library: a folder of model files in, token ids out. It knows no network, no process
 * and no tenant; the agent around it does.
 *
 * <p>Start reading at {@link assay.engine.stage.Stage} (a range of layers that runs one
 * micro-batch) and {@link assay.engine.batch.Batcher} (which tokens go into the next micro-batch).
 * A stage is confined to one thread, its kernels spread over a pool of their own; checkpoints and
 * specs are immutable.
 */
@NullMarked
package assay.engine;

import org.jspecify.annotations.NullMarked;
