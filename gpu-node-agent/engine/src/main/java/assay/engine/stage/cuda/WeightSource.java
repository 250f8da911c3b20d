package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.DeviceMatrix;
import assay.engine.model.AttentionSpec;
import java.util.List;

/** Where a stage's weights come from while it is loaded: on the device when they are returned. */
interface WeightSource extends AutoCloseable {
    /** A matrix or vector by its whole name. */
    record Part(String name, int rows) {}

    /**
     * What latent attention multiplies queries and outcomes with.
     *
     * @param toLatent (heads * latentRank, plainDim)
     * @param toValue (heads * headValueDim, latentRank)
     */
    record HeadPair(DeviceMatrix toLatent, DeviceMatrix toValue) {}

    /** {@code name}, (rows, width), in the type that the stage keeps it in. */
    default DeviceMatrix matrix(String name, int rows, int width) {
        return stacked(List.of(new Part(name, rows)), width);
    }

    /**
     * Several matrices of one width as one, the rows of the first before those of the second. Where
     * their types differ, or do not let them stand one after the other, all are turned into bf16.
     *
     * @throws assay.engine.EngineException MODEL_INVALID or MODEL_UNSUPPORTED names the tensor
     */
    DeviceMatrix stacked(List<Part> parts, int width);

    /** A vector as f32, by its address. */
    default long floats(String name, int width) {
        return floats(List.of(new Part(name, width)));
    }

    /** Vectors one after the other, as f32, by the address of the first. */
    long floats(List<Part> parts);

    /** The head matrices of one layer. */
    HeadPair heads(int layerIndex, AttentionSpec.Latent spec);

    /** Waits for the last copies; the weights stay. */
    @Override
    void close();
}
