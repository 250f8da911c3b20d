package assay.agent.fake;

import assay.engine.model.LayerRange;
import assay.engine.model.ModelSpec;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.ModelLayout;
import assay.engine.weights.WeightType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The small model that ships with the product, and what it must answer. Stateless. */
public final class ReferenceModel {
    private static final String FOLDER = "deploy/standalone/reference-model";

    private ReferenceModel() {}

    /** A prompt and its greedy continuation. */
    public record Golden(
            String prompt, List<Integer> promptIds, List<Integer> greedyIds, String greedyText) {}

    /** Its folder, found from the module or from the repository's root. */
    public static Path folder() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve(FOLDER))) {
                return at.resolve(FOLDER);
            }
        }
        throw new IllegalStateException(FOLDER + " is not above the working directory");
    }

    /** The bytes of a run of layers, with embedding or head where they belong to it. */
    public static long weightBytes(int first, int end) {
        ModelSpec spec = ModelSpec.read(folder());
        try (Checkpoint checkpoint = Checkpoint.open(folder())) {
            return ModelLayout.weightBytes(
                    spec, checkpoint, WeightType.STORED, new LayerRange(first, end));
        }
    }

    /** All golden cases. */
    public static List<Golden> golden() {
        JsonNode root = JsonMapper.shared().readTree(folder().resolve("golden.json").toFile());
        List<Golden> all = new ArrayList<>();
        for (JsonNode c : root.get("cases")) {
            all.add(
                    new Golden(
                            c.get("prompt").asString(),
                            ints(c.get("prompt_ids")),
                            ints(c.get("greedy_ids")),
                            c.get("greedy_text").asString()));
        }
        return all;
    }

    private static List<Integer> ints(JsonNode array) {
        List<Integer> all = new ArrayList<>();
        array.forEach(n -> all.add(n.asInt()));
        return all;
    }
}
