package assay.engine.layer;

import assay.engine.kernel.Tensor;
import assay.engine.weights.StageWeights;
import assay.engine.weights.TensorNames;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The tensors of one layer, by their names within it, each checked against the shape it has. */
final class LayerWeights {
    private final StageWeights weights;
    private final int layerIndex;

    LayerWeights(StageWeights weights, int layerIndex) {
        this.weights = weights;
        this.layerIndex = layerIndex;
    }

    /** {@code name.weight}, (rows, width). */
    Tensor matrix(String name, int rows, int width) {
        return weights.tensor(TensorNames.weight(layerIndex, name), rows, width);
    }

    /** Whether the files hold {@code name.weight}. */
    boolean has(String name) {
        return weights.has(TensorNames.weight(layerIndex, name));
    }

    /** {@code name.weight}, (heads, rows, width): the rows of one head after those of another. */
    Tensor ofHeads(String name, int heads, int rows, int width) {
        return weights.tensor(TensorNames.weight(layerIndex, name), heads, rows, width);
    }

    /** What is made of {@code name.weight}, (rows, width), as stored, and keeps nothing of it. */
    <T> T read(String name, Function<Tensor, T> use, int rows, int width) {
        return weights.read(TensorNames.weight(layerIndex, name), use, rows, width);
    }

    /** {@code name.weight} of a norm, (1, width). */
    Tensor norm(String name, int width) {
        return weights.tensor(TensorNames.weight(layerIndex, name), width);
    }

    /** {@code name.bias}, (1, width), if the architecture has it. */
    @Nullable Tensor bias(String name, int width, boolean has) {
        return has ? weights.tensor(TensorNames.bias(layerIndex, name), width) : null;
    }

    /** A vector by its whole name within the layer. */
    float[] vector(String name, int width) {
        return weights.read(
                TensorNames.ofLayer(layerIndex, name),
                tensor -> {
                    float[] values = new float[width];
                    tensor.readRow(0, values);
                    return values;
                },
                width);
    }

    /** {@code name.weight} and, if the architecture has it, {@code name.bias}. */
    Linear linear(String name, int rows, int width, boolean hasBias) {
        return new Linear(matrix(name, rows, width), bias(name, rows, hasBias));
    }
}
