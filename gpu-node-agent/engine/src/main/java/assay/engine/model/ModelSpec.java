package assay.engine.model;

import assay.engine.kernel.RotaryPairing;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The shape of a network: everything that the arithmetic needs beside the weights. Immutable.
 *
 * @param architecture as its files name it: {@code model_type} of config.json
 * @param contextTokens positions that the model was made for
 * @param layers from the first to the last; attention turns the same number of elements in each
 * @param rotaryPairing which elements of a head are turned against each other
 * @param tiedEmbeddings the output layer is the embedding
 * @param bosId the id that begins a text, if any
 * @param eosIds ids that end an answer; from generation_config.json where it names any
 */
public record ModelSpec(
        String architecture,
        int vocabularySize,
        int hiddenSize,
        int contextTokens,
        float rmsNormEpsilon,
        List<LayerSpec> layers,
        RopeSpec rope,
        RotaryPairing rotaryPairing,
        boolean tiedEmbeddings,
        OptionalInt bosId,
        Set<Integer> eosIds) {

    public ModelSpec {
        layers = List.copyOf(layers);
        eosIds = Set.copyOf(eosIds);
    }

    /**
     * Reads {@code config.json} and, if there, {@code generation_config.json}.
     *
     * @throws assay.engine.EngineException MODEL_UNSUPPORTED names the architecture or key that is
     *     not understood, MODEL_INVALID the value that cannot be, MODEL_UNREADABLE the file
     */
    public static ModelSpec read(Path folder) {
        return new ConfigReader(folder).read();
    }

    public int layerCount() {
        return layers.size();
    }

    public LayerSpec layer(int layerIndex) {
        return layers.get(layerIndex);
    }

    /** Elements of a head that rotary positions turn, the same in each layer. */
    public int turnedDim() {
        return layers.getFirst().attention().turnedDim();
    }
}
