/**
 * A range of layers that runs micro-batches: what an agent holds of a model. {@link
 * assay.engine.stage.Stage} is the whole of it, {@link assay.engine.stage.StageDevices} says where
 * it may run; the records beside it are what goes in and out. One thread owns a stage and calls
 * everything on it.
 */
@NullMarked
package assay.engine.stage;

import org.jspecify.annotations.NullMarked;
