package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code model.safetensors.index.json}: which file holds which tensor. */
final class ShardIndex {
    static final String FILE = "model.safetensors.index.json";
    private static final long FILE_BYTES_MAX = 100L << 20;
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private ShardIndex() {}

    /** Tensor name to plain file name. */
    static Map<String, String> read(Path path) {
        JsonNode root;
        try {
            if (Files.size(path) > FILE_BYTES_MAX) {
                throw invalid("above " + FILE_BYTES_MAX + " bytes");
            }
            root = MAPPER.readTree(Files.readString(path));
        } catch (JacksonException e) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID, FILE + ": no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.MODEL_UNREADABLE, FILE + ": cannot be read", e);
        }
        if (!root.path("weight_map").isObject()) {
            throw invalid("no weight_map");
        }
        Map<String, String> fileOf = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : root.path("weight_map").properties()) {
            fileOf.put(field.getKey(), plainName(field.getKey(), field.getValue()));
        }
        return fileOf;
    }

    /** A name that points out of the folder is an attack or a mistake; either way it is refused. */
    private static String plainName(String tensor, JsonNode value) {
        String file = value.asString("");
        boolean plain = file.endsWith(".safetensors") && file.matches("[A-Za-z0-9._-]+");
        if (!plain || file.startsWith(".")) {
            throw invalid(
                    "tensor %s: file %s (expected: a file beside it)".formatted(tensor, value));
        }
        return file;
    }

    private static EngineException invalid(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, FILE + ": " + message);
    }
}
