package assay.engine.plain;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A model in a folder, as the plain network sees it. */
public final class PlainModel {
    private static final JsonMapper JSON = new JsonMapper();

    private PlainModel() {}

    /** The logits after each token, by the folder's own files. */
    public static float[][] logits(Path folder, int[] ids) throws IOException {
        JsonNode config = JSON.readTree(Files.readString(folder.resolve("config.json")));
        return floats(new PlainNetwork(config, new StoredWeights(folder)).logits(ids));
    }

    /**
     * Fills a folder with a model of random weights.
     *
     * @param type of the matrices: F32, F16, BF16 or F8_E4M3
     * @return the logits after each of these ids
     */
    public static float[][] write(Path folder, ObjectNode config, String type, long seed, int[] ids)
            throws IOException {
        RandomWeights weights = new RandomWeights(seed, Stored.valueOf(type));
        float[][] logits = floats(new PlainNetwork(config, weights).logits(ids));
        Files.writeString(folder.resolve("config.json"), JSON.writeValueAsString(config));
        weights.write(folder.resolve("model.safetensors"));
        return logits;
    }

    public static int[] ids(long seed, int count, int vocabulary) {
        return new Random(seed).ints(count, 0, vocabulary).toArray();
    }

    private static float[][] floats(double[][] rows) {
        float[][] out = new float[rows.length][];
        for (int t = 0; t < rows.length; t++) {
            out[t] = new float[rows[t].length];
            for (int i = 0; i < rows[t].length; i++) {
                out[t][i] = (float) rows[t][i];
            }
        }
        return out;
    }
}
