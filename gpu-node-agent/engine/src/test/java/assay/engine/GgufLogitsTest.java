package assay.engine;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.kernel.Tensor;
import assay.engine.plain.PlainModel;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.StageConfig;
import assay.engine.weights.Checkpoint;
import assay.engine.weights.GgmlType;
import assay.engine.weights.GgufOfFolder;
import assay.engine.weights.ModelLayout;
import assay.engine.weights.WeightType;
import java.io.IOException;
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

/** Random models answer the same from a GGUF file as from the safetensors that it was made of. */
class GgufLogitsTest {
    private static final int TOKENS = 40;
    private static final int VOCABULARY = 67;

    /** Of 32-bit numbers that stand for decimal ones in the metadata. */
    private static final double METADATA_ERROR = 1e-5;

    private static final String COMMON =
            "'vocab_size':67,'max_position_embeddings':64,'num_hidden_layers':3,"
                    + "'rms_norm_eps':1e-6,'hidden_act':'silu','hidden_size':64,"
                    + "'tie_word_embeddings':false,'rope_theta':10000,'bos_token_id':1,"
                    + "'eos_token_id':2,";
    private static final String LATENT =
            COMMON
                    + "'model_type':'deepseek_v3','num_attention_heads':3,'kv_lora_rank':64,"
                    + "'v_head_dim':32,'qk_nope_head_dim':32,'qk_rope_head_dim':6,"
                    + "'intermediate_size':96,'moe_intermediate_size':32,'n_routed_experts':6,"
                    + "'num_experts_per_tok':3,'n_group':3,'topk_group':2,"
                    + "'first_k_dense_replace':1,'routed_scaling_factor':1.5,";
    private static final String GROUPED =
            COMMON
                    + "'num_attention_heads':4,'num_key_value_heads':2,'intermediate_size':96,"
                    + "'head_dim':24,";

    @TempDir private Path folder;

    private static ObjectNode config(String config) {
        return (ObjectNode) new JsonMapper().readTree(("{" + config + "}").replace('\'', '"'));
    }

    private int[] write(String config, String type) throws IOException {
        int[] ids = PlainModel.ids(3, TOKENS, VOCABULARY);
        PlainModel.write(folder, config(config), type, 11, ids);
        return ids;
    }

    private Path gguf(GgmlType type, boolean split) throws IOException {
        Path file = folder.resolve(split ? "split.gguf" : "whole.gguf");
        GgufOfFolder.write(folder, file, type, split);
        return file;
    }

    private static float[][] logits(Path model, WeightType weights, int[] ids) {
        StageConfig config = new StageConfig(64, 1, TOKENS, weights);
        List<float[]> rows = new ArrayList<>();
        try (var pipeline = new LocalPipeline(model, "cpu", 2, config)) {
            var batch = new MicroBatch(1, List.of(new Slice(1, 0, ids.length, false, null)));
            pipeline.run(batch, ids, (id, position, row) -> rows.add(row));
        }
        return rows.toArray(float[][]::new);
    }

    private static double distance(float[][] rows, float[][] expected) {
        return Distances.relative(List.of(rows), expected);
    }

    @ParameterizedTest
    @CsvSource({"F32, 26, 1, true", "F16, null, 2, false", "BF16, 40, 0, true"})
    void latentAttentionAnswersBitForBitWholeOrInHalves(
            String type, String queryRank, int shared, boolean normalised) throws IOException {
        String rest =
                "'q_lora_rank':%s,'n_shared_experts':%d,'norm_topk_prob':%s"
                        .formatted(queryRank, shared, normalised);
        int[] ids = write(LATENT + rest, type);
        float[][] expected = logits(folder, WeightType.STORED, ids);
        for (boolean split : new boolean[] {false, true}) {
            Path file = gguf(GgmlType.valueOf(type), split);
            assertThat(logits(file, WeightType.STORED, ids)).isDeepEqualTo(expected);
        }
        // What the heads' matrix is cut into stays as stored, so the halves do.
        assertThat(logits(gguf(GgmlType.valueOf(type), true), WeightType.INT8, ids))
                .isDeepEqualTo(logits(folder, WeightType.INT8, ids));
    }

    @Test
    void halvesOfLatentAttentionAreUsedWhereTheyAreMapped() throws IOException {
        // Without experts: which are chosen may change by rounding.
        String dense = LATENT.replace("'first_k_dense_replace':1", "'first_k_dense_replace':3");
        int[] ids = write(dense + "'q_lora_rank':32", "F32");
        float[][] expected = logits(folder, WeightType.STORED, ids);
        float[][] whole = logits(gguf(GgmlType.Q8_0, false), WeightType.STORED, ids);
        Path file = gguf(GgmlType.Q8_0, true);
        // All of it is rounding: of the halves it goes in other groups of 32 than of the whole.
        assertThat(distance(logits(file, WeightType.STORED, ids), expected))
                .isLessThan(1.5 * distance(whole, expected))
                .isLessThan(0.1);
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            String layer = "model.layers.1.self_attn.";
            Tensor keys = checkpoint.tensor(layer + "k_b_proj.weight").matrix(3, 64, 32);
            Tensor values = checkpoint.tensor(layer + "v_b_proj.weight").matrix(3, 32, 64);
            assertThat(keys.rows()).isEqualTo(3 * 64);
            ModelLayout layout = ModelLayout.of(checkpoint.spec(), checkpoint);
            long others =
                    checkpoint.names().stream()
                            .filter(name -> name.startsWith("model.layers.1."))
                            .filter(name -> !name.matches(".*[kv]_b_proj.*"))
                            .mapToLong(name -> checkpoint.tensor(name).data().byteSize())
                            .sum();
            assertThat(layout.layerBytes(1)).isEqualTo(others + keys.bytes() + values.bytes());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'factor':4,'original_max_position_embeddings':16",
                "'factor':2.5,'beta_fast':5,'beta_slow':0.75,'original_max_position_embeddings':24",
                "'factor':1,'original_max_position_embeddings':64",
                "'factor':3"
            })
    void yarnIsReadWithItsFactors(String factors) throws IOException {
        String rope = "'rope_scaling':{'type':'yarn'," + factors + "}";
        int[] ids = write(GROUPED + "'model_type':'llama'," + rope, "F32");
        float[][] expected = logits(folder, WeightType.STORED, ids);
        float[][] rows = logits(gguf(GgmlType.F32, true), WeightType.STORED, ids);
        assertThat(distance(rows, expected)).isLessThan(METADATA_ERROR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "0.7"})
    void yarnOfLatentAttentionScalesScores(String gain) throws IOException {
        String rope =
                ",'rope_scaling':{'type':'yarn','factor':8,'mscale':%s,'mscale_all_dim':%s,"
                        + "'original_max_position_embeddings':16,'beta_fast':4,'beta_slow':1}";
        String config =
                LATENT + "'q_lora_rank':26,'n_shared_experts':1,'norm_topk_prob':true" + rope;
        int[] ids = write(config.formatted(gain, gain), "F32");
        float[][] expected = logits(folder, WeightType.STORED, ids);
        for (boolean split : new boolean[] {false, true}) {
            float[][] rows = logits(gguf(GgmlType.F32, split), WeightType.STORED, ids);
            assertThat(distance(rows, expected)).isLessThan(METADATA_ERROR);
        }
    }
}
