package assay.engine.tokenizer;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code tokenizer_config.json}: what stands beside a tokenizer. Immutable. */
record TokenizerConfig(JsonNode root) {
    private static final String FILE = "tokenizer_config.json";
    private static final long BYTES_MAX = 16L << 20;
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    /** That of a model folder; an empty one where it has none. */
    static TokenizerConfig open(Path folder) {
        return of(read(folder.resolve(FILE), BYTES_MAX).orElse("{}"));
    }

    static TokenizerConfig of(String json) {
        try {
            return new TokenizerConfig(MAPPER.readTree(json));
        } catch (JacksonException e) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID, FILE + ": " + e.getOriginalMessage(), e);
        }
    }

    /** The text of a file of at most so many bytes, if it is there. */
    static Optional<String> read(Path path, long bytesMax) {
        if (!Files.exists(path)) {
            return Optional.empty();
        }
        try {
            if (Files.size(path) > bytesMax) {
                throw new EngineException(
                        ErrorCode.MODEL_INVALID,
                        "%s: above %d bytes".formatted(path.getFileName(), bytesMax));
            }
            return Optional.of(Files.readString(path));
        } catch (IOException e) {
            throw new EngineException(
                    ErrorCode.MODEL_UNREADABLE, path.getFileName() + ": cannot be read", e);
        }
    }

    /** {@code bos_token} and the like, as text. */
    Map<String, String> specialTokens() {
        Map<String, String> tokens = new LinkedHashMap<>();
        for (String role : List.of("bos", "eos", "pad", "unk")) {
            specialToken(role).ifPresent(text -> tokens.put(role + "_token", text));
        }
        return tokens;
    }

    /** {@code bos_token} and the like: a text, or an object that holds one as its content. */
    Optional<String> specialToken(String role) {
        JsonNode token = root.path(role + "_token");
        JsonNode text = token.isObject() ? token.path("content") : token;
        return text.isString() ? Optional.of(text.stringValue()) : Optional.empty();
    }

    /**
     * Whether a prompt gets the token of that role, {@code bos} or {@code eos}; empty where nothing
     * is said.
     */
    Optional<Boolean> adds(String role) {
        JsonNode flag = root.path("add_" + role + "_token");
        if (flag.isMissingNode() || flag.isNull()) {
            return Optional.empty();
        }
        if (!flag.isBoolean()) {
            throw invalid("add_%s_token is %s (expected: true or false)".formatted(role, flag));
        }
        return Optional.of(flag.booleanValue());
    }

    static EngineException invalid(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, FILE + ": " + message);
    }
}
