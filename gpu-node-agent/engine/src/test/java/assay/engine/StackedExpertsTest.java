package assay.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.plain.PlainModel;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.StageConfig;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.ModelLayout;
import assay.engine.weights.StackedExperts;
import assay.engine.weights.TensorView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Random models answer the same when the experts of a layer are one tensor. */
class StackedExpertsTest {
    private static final int TOKENS = 20;
    private static final int VOCABULARY = 61;
    private static final String MIXTRAL =
            "'model_type':'mixtral','num_local_experts':4,'num_experts_per_tok':2,"
                    + "'head_dim':8,'num_attention_heads':4,'num_key_value_heads':2,"
                    + "'intermediate_size':44";
    private static final String QWEN =
            "'model_type':'qwen3_moe','num_experts':5,'num_experts_per_tok':3,'head_dim':8,"
                    + "'mlp_only_layers':[0],'num_attention_heads':4,'num_key_value_heads':2,"
                    + "'intermediate_size':44,'moe_intermediate_size':INNER";
    private static final String DEEPSEEK =
            "'model_type':'deepseek_v3','num_attention_heads':3,'kv_lora_rank':18,'v_head_dim':10,"
                    + "'qk_nope_head_dim':14,'qk_rope_head_dim':6,'q_lora_rank':null,"
                    + "'intermediate_size':50,'moe_intermediate_size':INNER,'n_routed_experts':6,"
                    + "'num_experts_per_tok':3,'n_group':3,'topk_group':2,'n_shared_experts':1,"
                    + "'first_k_dense_replace':1";
    private static final String FLOAT8 =
            ",'quantization_config':{'quant_method':'fp8','weight_block_size':[128,128]}";

    @TempDir private Path single;
    @TempDir private Path stacked;

    private int[] write(String model, int inner, String type) throws IOException {
        String family =
                switch (model) {
                    case "mixtral" -> MIXTRAL;
                    case "qwen3_moe" -> QWEN;
                    default -> DEEPSEEK;
                };
        String json =
                ("{'vocab_size':%d,'max_position_embeddings':64,'num_hidden_layers':2,"
                                        + "'hidden_size':36,'rms_norm_eps':1e-6,'hidden_act':'silu',")
                                .formatted(VOCABULARY)
                        + family.replace("INNER", Integer.toString(inner))
                        + (type.equals("F8_E4M3") ? FLOAT8 : "")
                        + "}";
        int[] ids = PlainModel.ids(5, TOKENS, VOCABULARY);
        ObjectNode config = (ObjectNode) new JsonMapper().readTree(json.replace('\'', '"'));
        PlainModel.write(single, config, type, 8, ids);
        StackedExperts.write(single, stacked);
        return ids;
    }

    private static List<float[]> logits(Path folder, int[] ids) {
        List<float[]> rows = new ArrayList<>();
        try (var pipeline = new LocalPipeline(folder, "cpu", 2, new StageConfig(64, 1, TOKENS))) {
            var batch = new MicroBatch(1, List.of(new Slice(1, 0, ids.length, false, null)));
            pipeline.run(batch, ids, (id, position, row) -> rows.add(row));
        }
        return rows;
    }

    @ParameterizedTest
    @CsvSource({
        "mixtral, 44, F32",
        "mixtral, 44, BF16",
        "qwen3_moe, 20, F16",
        "qwen3_moe, 128, F8_E4M3",
        "deepseek_v3, 22, BF16",
        "deepseek_v3, 256, F8_E4M3"
    })
    void aStackAnswersBitForBitAsItsExperts(String model, int inner, String type)
            throws IOException {
        int[] ids = write(model, inner, type);
        assertThat(logits(stacked, ids).toArray(float[][]::new))
                .isDeepEqualTo(logits(single, ids).toArray(float[][]::new));
        try (Checkpoint one = Checkpoint.open(single);
                Checkpoint all = Checkpoint.open(stacked)) {
            assertThat(all.names()).hasSizeLessThan(one.names().size());
            assertThat(ModelLayout.of(all.spec(), all)).isEqualTo(ModelLayout.of(one.spec(), one));
            assertThat(one.names()).allMatch(all::has);
        }
    }

    @Test
    void anExpertIsAViewOfItsStack() throws IOException {
        write("mixtral", 44, "BF16");
        try (Checkpoint checkpoint = Checkpoint.open(stacked)) {
            String layer = "model.layers.1.";
            TensorView stack = checkpoint.tensor(layer + "mlp.experts.gate_up_proj");
            assertThat(stack.shape()).containsExactly(4L, 88L, 36L);
            TensorView up = checkpoint.tensor(layer + "block_sparse_moe.experts.2.w3.weight");
            assertThat(up.shape()).containsExactly(44L, 36L);
            assertThat(up.data().address() - stack.data().address())
                    .isEqualTo((2 * 88 + 44) * 36L * Short.BYTES);
            assertThatThrownBy(() -> checkpoint.tensor(layer + "mlp.experts.4.up_proj.weight"))
                    .hasMessage(
                            "model.safetensors: tensor model.layers.1.mlp.experts.gate_up_proj of"
                                    + " shape [4, 88, 36] holds no expert 4");
            assertThatThrownBy(() -> up.matrix(36, 44))
                    .hasMessageContaining(
                            "tensor model.layers.1.mlp.experts.gate_up_proj, expert 2 has shape"
                                    + " [44, 36] (expected: [36, 44])");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {131, 192})
    void halvesThatShareScalesAreRefusedByName(int inner) throws IOException {
        write("qwen3_moe", inner, "F8_E4M3");
        try (Checkpoint checkpoint = Checkpoint.open(stacked)) {
            assertThatThrownBy(() -> ModelLayout.of(checkpoint.spec(), checkpoint))
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNSUPPORTED))
                    .hasMessageContaining("model.layers.1.mlp.experts.gate_up_proj has both halves")
                    .hasMessageContaining("save_original_format=True");
        }
    }

    @Test
    void aStackInAShardThatIsNotHereIsNamed() throws IOException {
        Files.writeString(
                stacked.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"model.layers.0.mlp.experts.gate_up_proj\":\"a.safetensors\"}}");
        try (Checkpoint checkpoint = Checkpoint.open(stacked)) {
            String expert = "model.layers.0.mlp.experts.1.up_proj.weight";
            assertThat(checkpoint.has(expert)).isTrue();
            assertThatThrownBy(() -> checkpoint.tensor(expert))
                    .hasMessage(
                            "a.safetensors: file is absent (expected: it holds tensor"
                                    + " model.layers.0.mlp.experts.gate_up_proj)");
        }
    }
}
