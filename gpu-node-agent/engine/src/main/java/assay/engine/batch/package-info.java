/**
 * Continuous batching. {@link assay.engine.batch.Batcher} admits sequences from a bounded queue,
 * decides which KV blocks they hold, and splits their prompts and decodes into micro-batches. It
 * decides and does nothing else: the batch loop of the head runs the steps. Confined to that loop.
 */
@NullMarked
package assay.engine.batch;

import org.jspecify.annotations.NullMarked;
