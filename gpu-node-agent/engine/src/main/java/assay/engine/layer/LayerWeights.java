package assay.engine.layer;

import assay.engine.kernel.Tensor;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.TensorNames;
import org.jspecify.annotations.Nullable;

/** The tensors of one layer, by their names within it, each checked against the shape it has. */
final class LayerWeights {
    private final Checkpoint checkpoint;
    private final int layerIndex;

    LayerWeights(Checkpoint checkpoint, int layerIndex) {
        this.checkpoint = checkpoint;
        this.layerIndex = layerIndex;
    }

    /** {@code name.weight}, (rows, width). */
    Tensor matrix(String name, int rows, int width) {
        return checkpoint.tensor(TensorNames.weight(layerIndex, name)).matrix(rows, width);
    }

    /** {@code name.weight} of a norm, (1, width). */
    Tensor norm(String name, int width) {
        return checkpoint.tensor(TensorNames.weight(layerIndex, name)).matrix(width);
    }

    /** {@code name.bias}, (1, width), if the architecture has it. */
    @Nullable Tensor bias(String name, int width, boolean has) {
        return has ? checkpoint.tensor(TensorNames.bias(layerIndex, name)).matrix(width) : null;
    }

    /** A vector by its whole name within the layer. */
    float[] vector(String name, int width) {
        float[] values = new float[width];
        checkpoint.tensor(TensorNames.ofLayer(layerIndex, name)).matrix(width).readRow(0, values);
        return values;
    }

    /** {@code name.weight} and, if the architecture has it, {@code name.bias}. */
    Linear linear(String name, int rows, int width, boolean hasBias) {
        return new Linear(matrix(name, rows, width), bias(name, rows, hasBias));
    }
}
