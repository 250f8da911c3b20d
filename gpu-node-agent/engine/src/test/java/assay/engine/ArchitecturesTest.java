package assay.engine;

import static org.assertj.core.api.Assertions.assertThat;

import assay.engine.plain.PlainModel;
import assay.engine.stage.MicroBatch;
import assay.engine.stage.Slice;
import assay.engine.stage.Stage;
import assay.engine.stage.StageConfig;
import assay.engine.weights.Checkpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Every architecture at odd sizes against a second implementation in double precision. */
class ArchitecturesTest {
    private static final double RELATIVE_ERROR = 1e-5;
    private static final int TOKENS = 45;
    private static final int VOCABULARY = 67;
    private static final StageConfig STAGE = new StageConfig(128, 2, 64);
    private static final String YARN =
            "'rope_scaling':{'type':'yarn','factor':4,'original_max_position_embeddings':16";
    private static final String GROUPED =
            "'num_attention_heads':4,'num_key_value_heads':2,'intermediate_size':44";
    private static final String LATENT =
            "'model_type':'deepseek_v3','num_attention_heads':3,'kv_lora_rank':18,'v_head_dim':10,"
                    + "'qk_nope_head_dim':14,'qk_rope_head_dim':6,'intermediate_size':50,"
                    + "'moe_intermediate_size':22,'n_routed_experts':6,'num_experts_per_tok':3";

    @TempDir private Path folder;

    /**
     * One model.
     *
     * @param type of its matrices
     * @param config what it says beside the sizes that all have, with ' for "
     */
    record Case(String name, String type, String config) {
        ObjectNode node() {
            int hidden = type.equals("F8_E4M3") ? 140 : 36;
            String common =
                    ("'vocab_size':%d,'max_position_embeddings':64,'num_hidden_layers':5,"
                                    + "'rms_norm_eps':0.02,'hidden_act':'silu','hidden_size':%d,")
                            .formatted(VOCABULARY, hidden);
            String json = "{" + common + config + "}";
            return (ObjectNode) new JsonMapper().readTree(json.replace('\'', '"'));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "llama, one key/value head, all biases",
                        "F32",
                        "'model_type':'llama','num_attention_heads':6,'num_key_value_heads':1,"
                                + "'intermediate_size':50,'attention_bias':true,'mlp_bias':true"),
                new Case(
                        "llama, linear, tied, wide heads",
                        "BF16",
                        "'model_type':'llama','num_attention_heads':3,'head_dim':22,"
                                + "'intermediate_size':41,'tie_word_embeddings':true,"
                                + "'rope_theta':5000,'rope_scaling':{'type':'linear','factor':2}"),
                new Case(
                        "llama, llama3 rotation",
                        "F32",
                        "'model_type':'llama','head_dim':16,'rope_parameters':{'rope_theta':1e5,"
                                + "'rope_type':'llama3','factor':4,'low_freq_factor':1,"
                                + "'high_freq_factor':3,'original_max_position_embeddings':32},"
                                + GROUPED),
                new Case(
                        "llama, yarn, pairs not rounded",
                        "F16",
                        "'model_type':'llama','head_dim':24,"
                                + GROUPED
                                + ","
                                + YARN
                                + ",'truncate':false,'beta_fast':3,'beta_slow':0.5}"),
                new Case(
                        "llama, yarn with a factor of its own",
                        "F32",
                        "'model_type':'llama','head_dim':24,"
                                + GROUPED
                                + ","
                                + YARN
                                + ",'beta_fast':4,'attention_factor':1.25}"),
                new Case(
                        "llama, fp8",
                        "F8_E4M3",
                        "'model_type':'llama','num_attention_heads':5,'num_key_value_heads':1,"
                                + "'intermediate_size':259,'quantization_config':{"
                                + "'quant_method':'fp8','weight_block_size':[128,128]}"),
                new Case(
                        "mistral, window below a block",
                        "BF16",
                        "'model_type':'mistral','sliding_window':5,'head_dim':10," + GROUPED),
                new Case(
                        "mistral, window above a block",
                        "F32",
                        "'model_type':'mistral','sliding_window':19,'head_dim':null,"
                                + "'num_attention_heads':2,'num_key_value_heads':null,"
                                + "'intermediate_size':30"),
                new Case(
                        "mistral, no window",
                        "F32",
                        "'model_type':'mistral','sliding_window':null,'head_dim':12," + GROUPED),
                new Case(
                        "qwen2, windows from the third layer on",
                        "F16",
                        "'model_type':'qwen2','use_sliding_window':true,'sliding_window':7,"
                                + "'max_window_layers':2,'num_attention_heads':3,"
                                + "'num_key_value_heads':3,'intermediate_size':40"),
                new Case(
                        "qwen2, windows listed",
                        "F32",
                        "'model_type':'qwen2','use_sliding_window':true,'sliding_window':16,"
                                + "'layer_types':['sliding_attention','full_attention',"
                                + "'sliding_attention','sliding_attention','full_attention'],"
                                + "'head_dim':14,"
                                + GROUPED),
                new Case(
                        "qwen3, biases, tied",
                        "BF16",
                        "'model_type':'qwen3','attention_bias':true,'head_dim':18,"
                                + "'tie_word_embeddings':true,'num_attention_heads':4,"
                                + "'num_key_value_heads':1,'intermediate_size':34"),
                new Case(
                        "mixtral, window",
                        "BF16",
                        "'model_type':'mixtral','num_local_experts':5,'num_experts_per_tok':2,"
                                + "'sliding_window':9,'head_dim':8,"
                                + GROUPED),
                new Case(
                        "qwen3_moe, some layers dense, weights as they are",
                        "F32",
                        "'model_type':'qwen3_moe','num_experts':7,'num_experts_per_tok':3,"
                                + "'moe_intermediate_size':20,'decoder_sparse_step':2,"
                                + "'mlp_only_layers':[3],'norm_topk_prob':false,'head_dim':8,"
                                + GROUPED),
                new Case(
                        "deepseek_v3, queries not squeezed, one group, halves turned",
                        "F32",
                        LATENT
                                + ",'q_lora_rank':null,'n_group':1,'topk_group':1,"
                                + "'n_shared_experts':2,'first_k_dense_replace':1,"
                                + "'attention_bias':true,'rope_interleave':false,"
                                + "'norm_topk_prob':false"),
                new Case(
                        "deepseek_v3, yarn, no shared expert",
                        "BF16",
                        LATENT
                                + ",'q_lora_rank':26,'n_group':3,'topk_group':2,"
                                + "'n_shared_experts':0,'first_k_dense_replace':2,"
                                + "'attention_bias':true,"
                                + YARN
                                + ",'mscale':0.7,'mscale_all_dim':1.2}"),
                new Case(
                        "deepseek_v3, fp8 with ragged blocks",
                        "F8_E4M3",
                        "'model_type':'deepseek_v3','num_attention_heads':5,'kv_lora_rank':132,"
                                + "'v_head_dim':30,'qk_nope_head_dim':34,'qk_rope_head_dim':10,"
                                + "'q_lora_rank':129,'intermediate_size':300,"
                                + "'moe_intermediate_size':131,'n_routed_experts':4,"
                                + "'num_experts_per_tok':2,'n_group':2,'topk_group':1,"
                                + "'n_shared_experts':1,'first_k_dense_replace':1,"
                                + "'quantization_config':{'quant_method':'fp8',"
                                + "'weight_block_size':[128,128]}"));
    }

    private static List<float[]> logits(LocalPipeline pipeline, int[] ids, int chunk) {
        List<float[]> rows = new ArrayList<>();
        for (int at = 0; at < ids.length; at += chunk) {
            int count = Math.min(chunk, ids.length - at);
            var batch = new MicroBatch(1, List.of(new Slice(1, at, count, false, null)));
            int[] part = Arrays.copyOfRange(ids, at, at + count);
            pipeline.run(batch, part, (id, position, row) -> rows.add(row));
        }
        pipeline.stages().forEach(Stage::reset);
        return rows;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theEngineComputesWhatTheFormulasSay(Case model) throws IOException {
        int[] ids = PlainModel.ids(7, TOKENS, VOCABULARY);
        float[][] expected = PlainModel.write(folder, model.node(), model.type(), 42, ids);
        for (String backend : List.of("scalar", "cpu")) {
            try (var whole = new LocalPipeline(folder, backend, 1, STAGE);
                    var split = new LocalPipeline(folder, backend, 3, STAGE)) {
                List<float[]> rows = logits(whole, ids, TOKENS);
                assertThat(Distances.relative(rows, expected))
                        .as(backend)
                        .isLessThan(RELATIVE_ERROR);
                List<float[]> chunks = logits(split, ids, 7);
                for (int t = 0; t < TOKENS; t++) {
                    assertThat(chunks.get(t)).as("%s, row %d", backend, t).isEqualTo(rows.get(t));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyTensorOfTheFilesIsHeldByAStage(Case model) throws IOException {
        int[] ids = PlainModel.ids(7, 2, VOCABULARY);
        PlainModel.write(folder, model.node(), model.type(), 42, ids);
        try (var checkpoint = Checkpoint.open(folder);
                var pipeline = new LocalPipeline(folder, "cpu", 1, STAGE)) {
            long stored = 0;
            for (String name : checkpoint.names()) {
                boolean cutFloat8 = model.type().equals("F8_E4M3") && name.contains("kv_b_proj");
                long bytes = checkpoint.tensor(name).data().byteSize();
                boolean scales = name.endsWith("_scale_inv");
                stored += !cutFloat8 ? bytes : scales ? 0 : bytes * Float.BYTES;
            }
            assertThat(pipeline.stages().getFirst().weightBytes()).isEqualTo(stored);
        }
    }

    @ParameterizedTest
    @MethodSource("assay.engine.FixtureGoldenTest#names")
    void theSecondImplementationAgreesWithTransformers(String name) throws IOException {
        Path fixture = ModelFixtures.folder(name);
        for (var golden : ModelFixtures.goldens(fixture)) {
            float[][] rows = PlainModel.logits(fixture, golden.prompt());
            assertThat(Distances.relative(List.of(rows), golden.logits())).isLessThan(1e-5);
        }
    }
}
