/**
 * Model files to tensors by name: safetensors, PyTorch's zip format and GGUF, whole or in shards.
 * Files are mapped: a stage uses weights where they stand and in the type they are stored in,
 * unless it is asked for fewer bits, and {@link assay.engine.weights.StageWeights} sees to it that
 * its own and no others are in memory. {@link assay.engine.weights.Checkpoint}, where to start
 * reading, checks every header before it gives out a byte, and bounds what a hostile one can make
 * of the heap; nothing in a file is ever run. {@link assay.engine.weights.ModelLayout} adds up what
 * each layer weighs. Opened checkpoints are thread-safe to read.
 */
@NullMarked
package assay.engine.weights;

import org.jspecify.annotations.NullMarked;
