package assay.web.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A version of a model with what the scheduler must know to place it, and how it shall run. Read
 * from JSON, in snake case.
 *
 * @param layout bytes of the parts of the network, kept as it is
 * @param isDefault taken when a request names no model
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record ModelManifest(
        String model,
        String version,
        String architecture,
        int contextLength,
        int vocabularySize,
        int hiddenSize,
        JsonNode layout,
        List<File> files,
        @JsonProperty("default") boolean isDefault,
        Deployment deployment) {
    /** One file, known by its content. */
    record File(String name, String sha256, long bytes) {}

    /**
     * How it shall run.
     *
     * @param weights how stages keep their weights; as stored when absent
     */
    record Deployment(String name, int replicas, int stages, @Nullable Weights weights) {}

    /** How stages keep their weights. */
    enum Weights {
        @JsonProperty("stored")
        STORED,
        @JsonProperty("int8")
        INT8,
        @JsonProperty("int4")
        INT4
    }

    ModelManifest {
        files = List.copyOf(files);
    }
}
