package assay.scheduler.server;

import assay.db.DatabaseRoles;
import assay.db.TestDatabase;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Registers models as the web server would. */
final class Models {
    private Models() {}

    /** A model of eight layers of a million bytes each, or half of that in eight bits. */
    static void register(TestDatabase database, String model, String sha256) {
        JdbcClient web = JdbcClient.create(database.as(DatabaseRoles.WEB));
        UUID modelId = UUID.randomUUID();
        UUID versionId = UUID.randomUUID();
        web.sql("insert into models (id, name) values (:id, :name)")
                .param("id", modelId)
                .param("name", model)
                .update();
        web.sql(
                        """
                        insert into model_versions (id, model_id, version, architecture,
                            context_length, vocabulary_size, hidden_size, layout, is_default)
                        values (:id, :model, '1', 'LlamaForCausalLM', 1024, 1536, 384,
                            '{"embedding_bytes": 1000000, "head_bytes": 1000000,
                              "layer_bytes": [1000000, 1000000, 1000000, 1000000,
                                              1000000, 1000000, 1000000, 1000000],
                              "kv_bytes_per_token_per_layer": 1024, "hidden_size": 384,
                              "quantized": {"int8": {"embedding_bytes": 600000,
                                "head_bytes": 600000,
                                "layer_bytes": [500000, 500000, 500000, 500000,
                                                500000, 500000, 500000, 500000]}}}'::jsonb,
                            :first)
                        """)
                .param("id", versionId)
                .param("model", modelId)
                .param("first", model.equals("proofs"))
                .update();
        web.sql("insert into model_files (version_id, name, sha256, bytes) values (:id, :n, :h, 5)")
                .param("id", versionId)
                .param("n", "config.json")
                .param("h", sha256)
                .update();
    }
}
