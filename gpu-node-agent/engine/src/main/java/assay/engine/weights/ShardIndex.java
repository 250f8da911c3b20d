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

/**
 * {@code model.safetensors.index.json} or {@code pytorch_model.bin.index.json}: which file holds
 * which tensor.
 */
final class ShardIndex {
    private static final long FILE_BYTES_MAX = 100L << 20;
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private final String index;

    private ShardIndex(String index) {
        this.index = index;
    }

    /** Tensor name to plain file name. */
    static Map<String, String> read(Path path) {
        return new ShardIndex(String.valueOf(path.getFileName())).files(path);
    }

    private Map<String, String> files(Path path) {
        JsonNode root;
        try {
            if (Files.size(path) > FILE_BYTES_MAX) {
                throw invalid("above " + FILE_BYTES_MAX + " bytes");
            }
            byte[] json = Files.readAllBytes(path);
            new HeapBudget(index, json.length).spendOnJson(json);
            root = MAPPER.readTree(json);
        } catch (JacksonException e) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID, index + ": no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.MODEL_UNREADABLE, index + ": cannot be read", e);
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
    private String plainName(String tensor, JsonNode value) {
        String file = value.asString("");
        if (!file.matches("[A-Za-z0-9_][A-Za-z0-9._-]*\\.(safetensors|bin|pt|pth)")) {
            throw invalid(
                    "tensor %s: file %s (expected: a file beside it)".formatted(tensor, value));
        }
        return file;
    }

    private EngineException invalid(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, index + ": " + message);
    }
}
