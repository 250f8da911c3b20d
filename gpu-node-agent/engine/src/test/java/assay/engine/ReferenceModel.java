package assay.engine;

import assay.engine.kernel.Tensor;
import assay.engine.weights.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The model that the product ships, and its golden values. */
public final class ReferenceModel {
    private static final String PROPERTY = "assay.reference.model";
    private static final String FOLDER = "deploy/standalone/reference-model";

    private ReferenceModel() {}

    /**
     * One prompt of golden.json.
     *
     * @param logits after the whole prompt
     * @param greedyIds the continuation, with the id that ended it
     */
    @SuppressWarnings("ArrayRecordComponent") // read by tests, never compared
    public record Golden(String prompt, int[] promptIds, float[] logits, int[] greedyIds) {}

    /** The folder named by a system property, or the one in the repository above this module. */
    public static Path folder() {
        String given = System.getProperty(PROPERTY);
        if (given != null) {
            return Path.of(given);
        }
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve(FOLDER))) {
                return at.resolve(FOLDER);
            }
        }
        throw new IllegalStateException(FOLDER + ": not above the working directory");
    }

    public static List<Golden> goldens() throws IOException {
        JsonNode root =
                new JsonMapper().readTree(Files.readString(folder().resolve("golden.json")));
        List<Golden> goldens = new ArrayList<>();
        try (Checkpoint values = Checkpoint.openFile(folder().resolve("golden.safetensors"))) {
            for (JsonNode one : root.path("cases")) {
                var view = values.tensor(one.path("logits_tensor").asString());
                Tensor tensor = view.matrix(Math.toIntExact(view.shape().getFirst()));
                float[] logits = new float[tensor.width()];
                tensor.readRow(0, logits);
                goldens.add(
                        new Golden(
                                one.path("prompt").asString(),
                                ids(one.path("prompt_ids")),
                                logits,
                                ids(one.path("greedy_ids"))));
            }
        }
        return goldens;
    }

    private static int[] ids(JsonNode list) {
        int[] ids = new int[list.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = list.get(i).intValue();
        }
        return ids;
    }
}
