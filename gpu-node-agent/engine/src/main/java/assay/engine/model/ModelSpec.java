package assay.engine.model;

import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The shape of a network: everything that the arithmetic needs beside the weights. Immutable.
 *
 * @param architecture as config.json names it, for example {@code LlamaForCausalLM}
 * @param headDim elements of one attention head; hiddenSize / headCount unless the config says
 *     otherwise
 * @param contextTokens positions that the model was made for
 * @param tiedEmbeddings the output layer is the embedding
 * @param bosId the id that begins a text, if any
 * @param eosIds ids that end an answer; from generation_config.json where it names any
 */
public record ModelSpec(
        String architecture,
        int vocabularySize,
        int hiddenSize,
        int intermediateSize,
        int layerCount,
        int headCount,
        int kvHeadCount,
        int headDim,
        int contextTokens,
        float rmsNormEpsilon,
        RopeSpec rope,
        boolean tiedEmbeddings,
        OptionalInt bosId,
        Set<Integer> eosIds) {

    public ModelSpec {
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

    /** Width of the queries: all heads side by side. */
    public int queryWidth() {
        return headCount * headDim;
    }

    /** Width of the keys, and of the values. */
    public int kvWidth() {
        return kvHeadCount * headDim;
    }
}
