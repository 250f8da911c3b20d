/**
 * What runs next: {@link assay.engine.batch.Batcher} admits sequences, cuts prompts into slices,
 * and keeps the pipeline filled with balanced micro-batches. Pure decisions, without threads or
 * I/O: the head's batch loop asks it, runs the step, and tells it the outcome. Confined to that
 * loop.
 */
@NullMarked
package assay.engine.batch;

import org.jspecify.annotations.NullMarked;
