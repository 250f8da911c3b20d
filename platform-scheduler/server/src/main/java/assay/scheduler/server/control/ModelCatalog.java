package assay.scheduler.server.control;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.Experts;
import assay.scheduler.core.cluster.LayerCache;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.Precision.WeightType;
import assay.scheduler.core.cluster.VersionId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The registered models, read from the database at each question. Thread-safe. */
public final class ModelCatalog {
    private static final String SELECT =
            """
            select v.id, m.name, v.version, v.context_length, v.vocabulary_size, v.hidden_size,
                v.layout::text as layout
            from model_versions v join models m on m.id = v.model_id
            """;

    private final JdbcClient database;
    private final JsonMapper json;

    public ModelCatalog(JdbcClient database, JsonMapper json) {
        this.database = database;
        this.json = json;
    }

    Optional<ModelVersion> find(String model, String version) {
        return database.sql(SELECT + " where m.name = :model and v.version = :version")
                .param("model", model)
                .param("version", version)
                .query((row, number) -> version(row))
                .optional();
    }

    Optional<ModelVersion> find(VersionId id) {
        return database.sql(SELECT + " where v.id = :id")
                .param("id", id.value())
                .query((row, number) -> version(row))
                .optional();
    }

    /** The version that is taken when a request names no model. */
    Optional<VersionId> defaultVersion() {
        return database.sql("select id from model_versions where is_default")
                .query(UUID.class)
                .optional()
                .map(VersionId::new);
    }

    private ModelVersion version(ResultSet row) throws SQLException {
        var id = new VersionId(row.getObject("id", UUID.class));
        var layouts =
                layouts(
                        json.readTree(row.getString("layout")),
                        row.getInt("hidden_size"),
                        row.getInt("vocabulary_size"));
        return new ModelVersion(
                id,
                row.getString("name"),
                row.getString("version"),
                row.getInt("context_length"),
                layouts,
                files(id));
    }

    private List<ModelVersion.File> files(VersionId id) {
        return database.sql(
                        """
                        select name, sha256, bytes from model_files
                        where version_id = :id order by bytes, name
                        """)
                .param("id", id.value())
                .query((row, number) ->
                        new ModelVersion.File(
                                row.getString("name"),
                                row.getString("sha256"),
                                row.getLong("bytes")))
                .list();
    }

    /**
     * As stored, and under "quantized" the sizes that differ where the weights are made smaller.
     */
    private static Map<WeightType, ModelLayout> layouts(
            JsonNode node, int hiddenSize, int vocabularySize) {
        var layouts = new EnumMap<WeightType, ModelLayout>(WeightType.class);
        layouts.put(WeightType.STORED, layout(node, node, hiddenSize, vocabularySize));
        for (WeightType type : WeightType.values()) {
            JsonNode sizes = node.path("quantized").path(type.name().toLowerCase(Locale.ROOT));
            if (sizes.isObject()) {
                layouts.put(type, layout(sizes, node, hiddenSize, vocabularySize));
            }
        }
        return layouts;
    }

    private static ModelLayout layout(
            JsonNode node, JsonNode common, int hiddenSize, int vocabularySize) {
        var layers = new ArrayList<Bytes>();
        node.required("layer_bytes").forEach(layer -> layers.add(Bytes.of(layer.asLong())));
        return new ModelLayout(
                Bytes.of(node.required("embedding_bytes").asLong()),
                layers,
                Bytes.of(node.required("head_bytes").asLong()),
                common.path("tied_embeddings").asBoolean(false),
                caches(common, layers.size()),
                experts(node, common),
                hiddenSize,
                vocabularySize);
    }

    /**
     * Bytes of one token in each layer: by "caches" one by one as cpu, gpu and window, or else the
     * same for all; a layout that says nothing of cards is of an attention that keeps the same
     * there in half the width.
     */
    private static List<LayerCache> caches(JsonNode node, int layers) {
        if (node.path("caches").isArray()) {
            var caches = new ArrayList<LayerCache>();
            for (JsonNode cache : node.path("caches")) {
                caches.add(
                        new LayerCache(
                                Bytes.of(cache.required("cpu_bytes_per_token").asLong()),
                                Bytes.of(cache.required("gpu_bytes_per_token").asLong()),
                                cache.path("window").asInt(0)));
            }
            return caches;
        }
        long cpu = node.required("kv_bytes_per_token_per_layer").asLong();
        long gpu = node.path("gpu_kv_bytes_per_token_per_layer").asLong(cpu / 2);
        return Collections.nCopies(layers, new LayerCache(Bytes.of(cpu), Bytes.of(gpu), 0));
    }

    private static Experts experts(JsonNode node, JsonNode common) {
        JsonNode counts = common.path("experts");
        if (!counts.isObject() || !node.path("expert_bytes").isArray()) {
            return Experts.NONE;
        }
        var layers = new ArrayList<Bytes>();
        node.path("expert_bytes").forEach(layer -> layers.add(Bytes.of(layer.asLong())));
        return new Experts(
                counts.required("count").asInt(), counts.required("active").asInt(), layers);
    }
}
