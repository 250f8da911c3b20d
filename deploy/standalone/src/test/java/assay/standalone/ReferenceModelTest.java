package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReferenceModelTest {
    private static final Path MODEL = Path.of("reference-model");

    @TempDir private Path temporary;

    @Test
    void everyFileLiesUnderItsChecksumAndIsDescribed() throws IOException {
        Path manifest = temporary.resolve("manifest.json");
        new ReferenceModel(MODEL, temporary).store(2, "stored", manifest);
        JsonNode json = JsonMapper.shared().readTree(Files.readString(manifest));
        assertThat(json.get("architecture").asString()).isEqualTo("llama");
        assertThat(json.get("context_length").asInt()).isEqualTo(1024);
        assertThat(json.get("vocabulary_size").asInt()).isEqualTo(1536);
        assertThat(json.get("hidden_size").asInt()).isEqualTo(384);
        assertThat(json.get("layout").get("layer_bytes").size()).isEqualTo(8);
        assertThat(json.get("deployment").get("stages").asInt()).isEqualTo(2);
        for (JsonNode file : json.get("files")) {
            String sha256 = file.get("sha256").asString();
            assertThat(temporary.resolve(sha256.substring(0, 2)).resolve(sha256))
                    .hasSize(file.get("bytes").asLong());
        }
    }

    @Test
    void moreNodesThanLayersGetOneStageForEachLayer() throws IOException {
        Path manifest = temporary.resolve("manifest.json");
        new ReferenceModel(MODEL, temporary).store(12, "int8", manifest);
        JsonNode json = JsonMapper.shared().readTree(Files.readString(manifest));
        assertThat(json.get("deployment").get("stages").asInt()).isEqualTo(8);
    }

    @Test
    void aDamagedFileIsNamed() throws IOException {
        Path copy = Files.createDirectory(temporary.resolve("model"));
        try (Stream<Path> files = Files.list(MODEL).filter(Files::isRegularFile)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        Files.writeString(copy.resolve("tokenizer.json"), "{}");
        assertThatThrownBy(() ->
                        new ReferenceModel(copy, temporary.resolve("store"))
                                .store(2, "stored", temporary.resolve("manifest.json")))
                .isInstanceOf(StandaloneException.class)
                .hasMessageContaining("tokenizer.json has the SHA-256");
    }
}
