package assay.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import assay.engine.kernel.Tensor;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tiny models of real architectures with the logits that transformers computed for them. They are
 * no part of the repository: tests that need them are skipped where they are not.
 */
public final class ModelFixtures {
    /** A folder of fixtures; without it, shared/model-fixtures above the working directory. */
    private static final String VARIABLE = "ASSAY_FIXTURES";

    private static final String FOLDER = "shared/model-fixtures";

    private ModelFixtures() {}

    /**
     * One prompt of golden.json.
     *
     * @param logits (prompt tokens, vocabulary), after each token of the prompt
     * @param gaps between the best two logits at each greedy step
     */
    @SuppressWarnings("ArrayRecordComponent") // read by tests, never compared
    public record Golden(int[] prompt, float[][] logits, int[] greedy, double[] gaps) {
        /** The prompt and its continuation. */
        public int[] whole() {
            int[] ids = java.util.Arrays.copyOf(prompt, prompt.length + greedy.length);
            System.arraycopy(greedy, 0, ids, prompt.length, greedy.length);
            return ids;
        }
    }

    /** The folder of one fixture; the test is skipped where it is absent. */
    public static Path folder(String name) {
        Path folder = fixtures().resolve(name);
        assumeTrue(Files.isDirectory(folder), () -> name + ": no such fixture here");
        return folder;
    }

    private static Path fixtures() {
        String given = System.getenv(VARIABLE);
        if (given != null) {
            return Path.of(given);
        }
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve(FOLDER))) {
                return at.resolve(FOLDER);
            }
        }
        return Path.of(FOLDER);
    }

    public static List<Golden> goldens(Path folder) throws IOException {
        JsonNode root = new JsonMapper().readTree(Files.readString(folder.resolve("golden.json")));
        List<Golden> goldens = new ArrayList<>();
        try (Checkpoint values = Checkpoint.openFile(folder.resolve("golden.safetensors"))) {
            for (JsonNode one : root.path("prompts")) {
                var view = values.tensor("logits_" + goldens.size());
                goldens.add(
                        new Golden(
                                ints(one.path("prompt")),
                                rows(view),
                                ints(one.path("greedy")),
                                doubles(one.path("top1_top2_gap"))));
            }
        }
        return goldens;
    }

    private static float[][] rows(TensorView view) {
        Tensor tensor =
                view.matrix(
                        Math.toIntExact(view.shape().getFirst()),
                        Math.toIntExact(view.shape().getLast()));
        float[][] rows = new float[tensor.rows()][tensor.width()];
        for (int i = 0; i < rows.length; i++) {
            tensor.readRow(i, rows[i]);
        }
        return rows;
    }

    private static int[] ints(JsonNode list) {
        int[] values = new int[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i).intValue();
        }
        return values;
    }

    private static double[] doubles(JsonNode list) {
        double[] values = new double[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i).doubleValue();
        }
        return values;
    }

    /** Copies a fixture's model, with its config in the spelling before transformers 5. */
    public static Path olderSpelling(Path folder, Path into) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.startsWith("model") || name.equals("generation_config.json")) {
                    Files.copy(file, into.resolve(name));
                }
            }
        }
        JsonMapper mapper = new JsonMapper();
        ObjectNode config =
                (ObjectNode) mapper.readTree(Files.readString(folder.resolve("config.json")));
        ObjectNode rope = (ObjectNode) config.remove("rope_parameters");
        config.set("torch_dtype", config.remove("dtype"));
        config.set("rope_theta", rope.remove("rope_theta"));
        JsonNode type = rope.remove("rope_type");
        if (type.asString().equals("default")) {
            config.putNull("rope_scaling");
        } else {
            rope.set("type", type);
            config.set("rope_scaling", rope);
        }
        if (config.path("model_type").asString().equals("qwen3_moe")) {
            config.set("num_experts", config.remove("num_local_experts"));
        }
        Files.writeString(into.resolve("config.json"), mapper.writeValueAsString(config));
        return into;
    }
}
