package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.DeviceMatrix;
import assay.engine.model.AttentionSpec;
import assay.engine.weights.TensorNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The tensors of one layer, by their names within it, on the device. */
record LayerTensors(WeightSource source, int layerIndex) {
    /** A product with a bias: {@code bias} is the address of (rows) f32, 0 for none. */
    record Linear(DeviceMatrix weight, long bias) {}

    /** Part of a layer and its rows. */
    record Part(String name, int rows) {}

    /** {@code name.weight} and, if the architecture has it, {@code name.bias}. */
    Linear linear(String name, int rows, int width, boolean bias) {
        return stacked(List.of(new Part(name, rows)), width, bias);
    }

    /** Several of one width as one, each with its bias or none. */
    Linear stacked(List<Part> parts, int width, boolean bias) {
        DeviceMatrix weight = source.stacked(named(parts, false), width);
        return new Linear(weight, bias ? source.floats(named(parts, true)) : 0);
    }

    private List<WeightSource.Part> named(List<Part> parts, boolean bias) {
        List<WeightSource.Part> named = new ArrayList<>();
        for (Part part : parts) {
            String name =
                    bias
                            ? TensorNames.bias(layerIndex, part.name())
                            : TensorNames.weight(layerIndex, part.name());
            named.add(new WeightSource.Part(name, part.rows()));
        }
        return named;
    }

    /** {@code name.weight}, (rows, width). */
    DeviceMatrix matrix(String name, int rows, int width) {
        return source.matrix(TensorNames.weight(layerIndex, name), rows, width);
    }

    /** {@code name.weight} of several, each (rows, width), one after the other. */
    DeviceMatrix stacked(String[] names, int rows, int width) {
        List<WeightSource.Part> parts =
                Arrays.stream(names)
                        .map(name -> TensorNames.weight(layerIndex, name))
                        .map(name -> new WeightSource.Part(name, rows))
                        .toList();
        return source.stacked(parts, width);
    }

    /** {@code name.weight} of a norm: address of (width) f32. */
    long norm(String name, int width) {
        return source.floats(TensorNames.weight(layerIndex, name), width);
    }

    /** A vector by its whole name within the layer: address of (width) f32. */
    long vector(String name, int width) {
        return source.floats(TensorNames.ofLayer(layerIndex, name), width);
    }

    /** What takes queries to the latent, and the latent to values, of each head. */
    WeightSource.HeadPair heads(AttentionSpec.Latent spec) {
        return source.heads(layerIndex, spec);
    }
}
