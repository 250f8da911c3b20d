/**
 * Model files to tensors by name. Files are mapped, not read: a weight's bytes reach memory when a
 * kernel touches them, and stay in the type they are stored in. {@link
 * assay.engine.weights.Checkpoint} checks every header before it gives out a byte; {@link
 * assay.engine.weights.ModelLayout} adds up what each layer weighs. Opened checkpoints are
 * thread-safe to read.
 */
@NullMarked
package assay.engine.weights;

import org.jspecify.annotations.NullMarked;
