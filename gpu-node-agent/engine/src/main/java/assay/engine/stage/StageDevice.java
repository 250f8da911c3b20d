package assay.engine.stage;

import assay.engine.EngineException;
import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.weights.Checkpoint;

/**
 * What stages are loaded onto and compute with: the processor, or one GPU. The stages of one object
 * run one at a time, on one thread; replicas that run beside each other have an object each, also
 * where they share a device.
 */
public interface StageDevice extends AutoCloseable {
    /** The name that {@link StageDevices#named} takes. */
    String name();

    /** Whether a stage needs the checkpoint it was loaded from to stay open, as stored. */
    boolean computesFromFiles();

    /**
     * Loads a range of layers and allocates everything a step needs.
     *
     * @throws EngineException MODEL_INVALID or MODEL_UNSUPPORTED names the tensor, OUT_OF_MEMORY
     *     what was asked for
     */
    Stage load(ModelSpec spec, Checkpoint checkpoint, LayerRange range, StageConfig config);

    /** Gives the device back; its stages are closed before. */
    @Override
    void close();
}
