package assay.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.RotaryPairing;
import assay.engine.model.AttentionSpec.GroupedQuery;
import assay.engine.model.AttentionSpec.Latent;
import assay.engine.model.FeedForwardSpec.Dense;
import assay.engine.model.FeedForwardSpec.Experts;
import assay.engine.model.FeedForwardSpec.Router;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each family's config.json means, and what of it is refused. Configs are written with '. */
class FamiliesTest {
    private static final String SIZES =
            "'vocab_size':512,'hidden_size':64,'num_hidden_layers':4,'num_attention_heads':32,"
                    + "'max_position_embeddings':512";

    @TempDir private Path folder;

    /** The smallest config of a family: what no default stands in for. */
    private static String least(String modelType) {
        String sizes = SIZES;
        if (!modelType.equals("qwen3_moe")) {
            sizes += ",'intermediate_size':160";
        }
        if (modelType.equals("qwen3_moe") || modelType.equals("deepseek_v3")) {
            sizes += ",'moe_intermediate_size':48";
        }
        return "'model_type':'" + modelType + "'," + sizes;
    }

    private ModelSpec read(String fields) {
        try {
            String json = ("{" + fields + "}").replace('\'', '"');
            Files.writeString(folder.resolve("config.json"), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ModelSpec.read(folder);
    }

    private ModelSpec read(String modelType, String more) {
        return read(least(modelType) + "," + more);
    }

    private void refuses(String fields, ErrorCode code, String message) {
        assertThatThrownBy(() -> read(fields))
                .as(fields)
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    private void unsupported(String modelType, String more, String message) {
        refuses(least(modelType) + "," + more, ErrorCode.MODEL_UNSUPPORTED, message);
    }

    private void invalid(String modelType, String more, String message) {
        refuses(least(modelType) + "," + more, ErrorCode.MODEL_INVALID, message);
    }

    private static GroupedQuery grouped(ModelSpec spec, int layer) {
        return (GroupedQuery) spec.layer(layer).attention();
    }

    private static int[] windows(ModelSpec spec) {
        return IntStream.range(0, spec.layerCount())
                .map(i -> spec.layer(i).attention().window())
                .toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "llama, 32, 2, 0, 1e-6, 1e4, 1, 2",
        "mistral, 8, 2, 4096, 1e-6, 1e4, 1, 2",
        "qwen2, 32, 2, 0, 1e-6, 1e4, -1, -1",
        "qwen3, 32, 128, 0, 1e-6, 1e4, -1, -1",
        "mixtral, 8, 2, 0, 1e-5, 1e6, 1, 2",
        "qwen3_moe, 4, 2, 0, 1e-6, 1e4, -1, -1",
    })
    void anAbsentKeyMeansWhatTransformersTakesItFor(
            String modelType,
            int kvHeads,
            int headDim,
            int window,
            float epsilon,
            double theta,
            int bos,
            int eos) {
        ModelSpec spec = read(least(modelType));
        boolean norms = modelType.startsWith("qwen3");
        boolean bias = modelType.equals("qwen2");
        assertThat(spec.architecture()).isEqualTo(modelType);
        assertThat(spec.layers())
                .hasSize(4)
                .allSatisfy(layer ->
                        assertThat(layer.attention())
                                .isEqualTo(
                                        new GroupedQuery(
                                                32, kvHeads, headDim, bias, false, norms, window)));
        assertThat(spec.rmsNormEpsilon()).isEqualTo(epsilon);
        assertThat(spec.rope()).isEqualTo(new RopeSpec.Plain(theta));
        assertThat(spec.rotaryPairing()).isEqualTo(RotaryPairing.HALVES);
        assertThat(spec.tiedEmbeddings()).isFalse();
        assertThat(spec.bosId()).isEqualTo(bos < 0 ? OptionalInt.empty() : OptionalInt.of(bos));
        assertThat(spec.eosIds()).isEqualTo(eos < 0 ? Set.of() : Set.of(eos));
    }

    @Test
    void absentKeysOfMixturesMeanWhatTransformersTakesThemFor() {
        assertThat(read(least("mixtral")).layer(3).feedForward())
                .isEqualTo(new Experts(8, 2, 160, 0, new Router.Softmax(true)));
        assertThat(read(least("qwen3_moe")).layer(0).feedForward())
                .isEqualTo(new Experts(128, 8, 48, 0, new Router.Softmax(false)));
    }

    @Test
    void absentKeysOfDeepseekMeanWhatTransformersTakesThemFor() {
        ModelSpec spec = read(least("deepseek_v3"));
        assertThat(spec.layer(0).attention())
                .isEqualTo(
                        new Latent(
                                32, 1_536, 512, 128, 64, 128, false, (float) (1 / Math.sqrt(192))));
        assertThat(spec.layer(2).feedForward()).isEqualTo(new Dense(160, false));
        assertThat(spec.layer(3).feedForward())
                .isEqualTo(
                        new Experts(256, 8, 48, 48, new Router.GroupedSigmoid(8, 4, true, 2.5f)));
        assertThat(spec.rotaryPairing()).isEqualTo(RotaryPairing.PAIRS);
        assertThat(spec.bosId()).hasValue(0);
        assertThat(spec.eosIds()).containsExactly(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vocab_size",
                "hidden_size",
                "num_hidden_layers",
                "num_attention_heads",
                "max_position_embeddings",
                "intermediate_size",
                "model_type"
            })
    void sizesMustBeThere(String key) {
        String fields = least("llama").replace(key, "_" + key);
        refuses(fields, ErrorCode.MODEL_INVALID, key + " is absent");
    }

    @Test
    void llamaMayHaveBiases() {
        ModelSpec spec = read("llama", "'attention_bias':true,'mlp_bias':true");
        assertThat(grouped(spec, 0).inputBias()).isTrue();
        assertThat(grouped(spec, 0).outputBias()).isTrue();
        assertThat(spec.layer(0).feedForward()).isEqualTo(new Dense(160, true));
    }

    @Test
    void qwen3MayHaveBiasesAndQwen2HasThemWhateverItSays() {
        assertThat(grouped(read("qwen3", "'attention_bias':true"), 0).outputBias()).isTrue();
        assertThat(grouped(read("qwen3_moe", "'attention_bias':true"), 0).inputBias()).isTrue();
        assertThat(grouped(read("qwen2", "'attention_bias':false"), 0).inputBias()).isTrue();
        unsupported("mistral", "'attention_bias':true", "attention_bias is true");
        unsupported("qwen2", "'mlp_bias':true", "mlp_bias is true");
    }

    @Test
    void headSizesAreReadOrFollowFromTheHiddenSize() {
        assertThat(grouped(read("llama", "'head_dim':null"), 0).headDim()).isEqualTo(2);
        assertThat(grouped(read("mistral", "'head_dim':6"), 0).headDim()).isEqualTo(6);
        assertThat(grouped(read("qwen2", "'head_dim':8"), 0).headDim()).isEqualTo(8);
        invalid("qwen3", "'head_dim':null", "head_dim is null");
        invalid("llama", "'head_dim':7", "an even number");
        refuses(
                least("llama").replace("'hidden_size':64", "'hidden_size':65"),
                ErrorCode.MODEL_INVALID,
                "a divisor of 65");
    }

    @Test
    void nullMeansAllHeadsOfKeysAndValues() {
        for (String type : List.of("llama", "mistral", "qwen2", "qwen3", "mixtral")) {
            assertThat(grouped(read(type, "'num_key_value_heads':null"), 0).kvHeads())
                    .as(type)
                    .isEqualTo(32);
        }
        invalid("mistral", "'num_key_value_heads':5", "a divisor of 32");
    }

    @Test
    void mistralAndMixtralSlideUnlessTheWindowIsNull() {
        assertThat(windows(read("mistral", "'sliding_window':16"))).containsOnly(16);
        assertThat(windows(read("mistral", "'sliding_window':null"))).containsOnly(0);
        assertThat(windows(read("mixtral", "'sliding_window':9"))).containsOnly(9);
        assertThat(windows(read("mixtral", "'sliding_window':null"))).containsOnly(0);
        invalid("mistral", "'sliding_window':0", "sliding_window is 0");
        unsupported("llama", "'sliding_window':16", "sliding_window is 16");
        String full = "'layer_types':['full_attention','full_attention']";
        unsupported("mistral", "'sliding_window':16," + full, "layer_types");
        assertThat(windows(read("mistral", "'sliding_window':null," + full))).containsOnly(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2", "qwen3"})
    void qwenSlidesWhereItSaysSo(String type) {
        String used = "'use_sliding_window':true,'sliding_window':16";
        String listed =
                "'layer_types':['sliding_attention','full_attention','full_attention',"
                        + "'sliding_attention']";
        assertThat(windows(read(type, "'sliding_window':16"))).containsOnly(0);
        assertThat(windows(read(type, used))).as("28 layers are full").containsOnly(0);
        assertThat(windows(read(type, used + ",'max_window_layers':3")))
                .containsExactly(0, 0, 0, 16);
        assertThat(windows(read(type, used + ",'max_window_layers':0"))).containsOnly(16);
        assertThat(windows(read(type, used + "," + listed))).containsExactly(16, 0, 0, 16);
        assertThat(windows(read(type, "'use_sliding_window':true,'max_window_layers':0")))
                .containsOnly(4_096);
        invalid(type, listed, "layer_types");
        invalid(type, used + ",'layer_types':['full_attention']", "4 of them");
        unsupported(
                type,
                "'layer_types':['full_attention','full_attention','full_attention','linear']",
                "layer_types");
    }

    @Test
    void qwen3MoeSlidesInAllLayersOrNone() {
        String used = "'use_sliding_window':true,'sliding_window':16";
        assertThat(windows(read("qwen3_moe", used))).containsOnly(16);
        assertThat(windows(read("qwen3_moe", "'max_window_layers':4"))).containsOnly(0);
        unsupported("qwen3_moe", used + ",'max_window_layers':2", "max_window_layers is 2");
    }

    @Test
    void qwen3MoeSaysWhichLayersAreDense() {
        ModelSpec spec =
                read(
                        "qwen3_moe",
                        "'decoder_sparse_step':2,'mlp_only_layers':[1],'intermediate_size':160,"
                                + "'norm_topk_prob':true,'num_experts':6,'num_experts_per_tok':2");
        assertThat(spec.layers().stream().map(LayerSpec::feedForward))
                .containsExactly(
                        new Dense(160, false),
                        new Dense(160, false),
                        new Dense(160, false),
                        new Experts(6, 2, 48, 0, new Router.Softmax(true)));
        invalid("qwen3_moe", "'decoder_sparse_step':2", "intermediate_size is absent");
        assertThat(
                        read("qwen3_moe", "'num_experts':0,'intermediate_size':160")
                                .layer(0)
                                .feedForward())
                .isEqualTo(new Dense(160, false));
    }

    @Test
    void expertsAreCountedUnderEitherName() {
        for (String type : List.of("mixtral", "qwen3_moe")) {
            for (String key : List.of("num_experts", "num_local_experts")) {
                var experts = (Experts) read(type, "'" + key + "':9").layer(0).feedForward();
                assertThat(experts.count()).as(type).isEqualTo(9);
            }
            invalid(type, "'num_experts':9,'num_local_experts':8", "as num");
            invalid(type, "'num_experts':4,'num_experts_per_tok':5", "at most 4");
        }
    }

    @Test
    void deepseekWithoutSqueezedQueriesAndSharedExperts() {
        ModelSpec spec =
                read(
                        "deepseek_v3",
                        "'q_lora_rank':null,'n_shared_experts':0,'first_k_dense_replace':0,"
                                + "'n_group':1,'topk_group':1,'norm_topk_prob':false,"
                                + "'rope_interleave':false,'attention_bias':true,"
                                + "'routed_scaling_factor':1.0,'n_routed_experts':6,"
                                + "'num_experts_per_tok':2");
        Latent latent = (Latent) spec.layer(0).attention();
        assertThat(latent.queryRank()).isZero();
        assertThat(latent.bias()).isTrue();
        assertThat(spec.layer(0).feedForward())
                .isEqualTo(new Experts(6, 2, 48, 0, new Router.GroupedSigmoid(1, 1, false, 1)));
        assertThat(spec.rotaryPairing()).isEqualTo(RotaryPairing.HALVES);
    }

    @Test
    void deepseekRefusesAnotherRouter() {
        unsupported("deepseek_v3", "'topk_method':'greedy'", "topk_method is \"greedy\"");
        unsupported("deepseek_v3", "'scoring_func':'softmax'", "scoring_func is \"softmax\"");
        unsupported("deepseek_v3", "'moe_layer_freq':2", "moe_layer_freq is 2");
        invalid("deepseek_v3", "'n_group':256", "groups of at least 2");
        invalid("deepseek_v3", "'n_group':7", "groups of at least 2");
        invalid("deepseek_v3", "'topk_group':9", "topk_group is 9");
        invalid("deepseek_v3", "'n_group':128,'topk_group':3", "enough experts");
        invalid("deepseek_v3", "'head_dim':128", "head_dim is 128 (expected: 64)");
        invalid("deepseek_v3", "'qk_head_dim':190", "(expected: 192)");
        invalid("deepseek_v3", "'num_key_value_heads':8", "num_key_value_heads is 8");
        assertThat(
                        read(
                                        "deepseek_v3",
                                        "'topk_method':'noaux_tc','scoring_func':'sigmoid',"
                                                + "'moe_layer_freq':1,'ep_size':1,"
                                                + "'num_nextn_predict_layers':1,'seq_aux':true")
                                .layerCount())
                .isEqualTo(4);
    }

    @Test
    void yarnFollowsFromItsOwnKeysOrTheUsualOnes() {
        String older = "'rope_theta':5e4,'rope_scaling':{'type':'yarn','factor':4}";
        double usual = 0.1 * Math.log(4) + 1;
        for (String type : List.of("llama", "mistral", "qwen2", "qwen3", "mixtral")) {
            assertThat(read(type, older).rope())
                    .as(type)
                    .isEqualTo(new RopeSpec.Yarn(5e4, 4, 512, 32, 1, true, usual));
        }
        String all =
                "'rope_parameters':{'rope_type':'yarn','factor':4,'rope_theta':5e4,'beta_fast':8,"
                        + "'beta_slow':2,'original_max_position_embeddings':128,'truncate':false,"
                        + "'attention_factor':1.5}";
        assertThat(read("llama", all).rope())
                .isEqualTo(new RopeSpec.Yarn(5e4, 4, 128, 8, 2, false, 1.5));
        invalid("llama", "'rope_scaling':{'type':'yarn'}", "factor is absent");
        invalid("llama", older.replace("5e4", "1.0"), "rope_theta is 1.0");
    }

    @Test
    void deepseekTakesTheYarnGainIntoItsScores() {
        String rope =
                "'rope_scaling':{'type':'yarn','factor':40,'mscale':0.7,'mscale_all_dim':%s,"
                        + "'original_max_position_embeddings':4096}";
        ModelSpec both = read("deepseek_v3", rope.formatted("1.0"));
        double gain = 0.1 * Math.log(40) + 1;
        assertThat(both.layer(0).attention().scale())
                .isCloseTo((float) (gain * gain / Math.sqrt(192)), within(1e-7f));
        assertThat(both.rope().magnitude())
                .isCloseTo((0.07 * Math.log(40) + 1) / gain, within(1e-12));
        ModelSpec none = read("deepseek_v3", rope.formatted("0"));
        assertThat(none.layer(0).attention().scale()).isEqualTo((float) (1 / Math.sqrt(192)));
        assertThat(none.rope().magnitude()).isCloseTo(gain, within(1e-12));
        assertThat(read("llama", rope.formatted("1.0")).layer(0).attention().scale())
                .as("llama keeps its own")
                .isEqualTo((float) (1 / Math.sqrt(2)));
    }

    @Test
    void yarnKeepsFastPairsAndStretchesSlowOnes() {
        // DeepSeek-V3: pairs below 10 are kept, above 23 stretched (64 elements, 4096 positions).
        RopeSpec yarn = new RopeSpec.Yarn(10_000, 40, 4_096, 32, 1, true, 1);
        RopeSpec plain = new RopeSpec.Plain(10_000);
        assertThat(yarn.inverseFrequency(10, 64)).isEqualTo(plain.inverseFrequency(10, 64));
        assertThat(yarn.inverseFrequency(23, 64))
                .isCloseTo(plain.inverseFrequency(23, 64) / 40, within(1e-15));
        double blend = 6.0 / 13;
        assertThat(yarn.inverseFrequency(16, 64))
                .isCloseTo(
                        plain.inverseFrequency(16, 64) * (blend / 40 + 1 - blend), within(1e-15));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dynamic", "longrope", "su", "mrope", "proportional"})
    void otherRotationsAreRefusedByName(String type) {
        unsupported(
                "llama",
                "'rope_scaling':{'rope_type':'" + type + "','factor':2}",
                "rope_type is \"" + type + "\"");
        unsupported("qwen2", "'rope_parameters':{'type':'" + type + "'}", "type is \"" + type);
    }

    @Test
    void rotationsThatAreNotOneForAllLayersAreRefusedByName() {
        unsupported(
                "qwen3",
                "'rope_parameters':{'full_attention':{'rope_type':'default'}}",
                "full_attention");
        unsupported("llama", "'rope_scaling':{'type':'linear','mscale':2}", "mscale is 2");
        unsupported("llama", "'rope_scaling':'yarn'", "rope_scaling is \"yarn\"");
        unsupported("llama", "'partial_rotary_factor':0.5", "partial_rotary_factor is 0.5");
        invalid(
                "llama",
                "'rope_scaling':{'type':'default'},'rope_parameters':{'rope_type':'default'}",
                "not beside rope_parameters");
        invalid("llama", "'rope_theta':null", "rope_theta is null");
    }

    @Test
    void blocksOfFloat8AreUnderstoodAndOtherQuantisationsRefusedByName() {
        String published =
                "'quantization_config':{'quant_method':'fp8','fmt':'e4m3',"
                        + "'activation_scheme':'dynamic','weight_block_size':[128,128]%s}";
        assertThat(read("deepseek_v3", published.formatted("")).layerCount()).isEqualTo(4);
        assertThat(read("llama", published.formatted(",'scale_fmt':'ue8m0'")).layerCount())
                .isEqualTo(4);
        assertThat(
                        read("qwen3", published.formatted(",'modules_to_not_convert':['lm_head']"))
                                .layerCount())
                .isEqualTo(4);
        unsupported("llama", published.formatted("").replace("e4m3", "e5m2"), "fmt is \"e5m2\"");
        unsupported(
                "llama",
                published.formatted("").replace("dynamic", "static"),
                "activation_scheme is \"static\"");
        unsupported(
                "llama",
                published.formatted("").replace("[128,128]", "[64,128]"),
                "weight_block_size is [64,128]");
        unsupported("llama", published.formatted(",'kv_scheme':'fp8'"), "kv_scheme");
        for (String method : List.of("gptq", "awq", "bitsandbytes", "compressed-tensors")) {
            unsupported(
                    "llama",
                    "'quantization_config':{'quant_method':'" + method + "'}",
                    "quant_method is \"" + method + "\"");
        }
        unsupported("llama", "'quantization_config':{'bits':4}", "quant_method is absent");
        unsupported("llama", "'quantization_config':'fp8'", "quantization_config");
        assertThat(read("llama", "'quantization_config':null").layerCount()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mamba", "gemma3", "qwen2_moe", "deepseek_v2", "kimi_k2", "Llama", ""})
    void otherArchitecturesAreRefusedByName(String type) {
        refuses(
                least("llama").replace("'llama'", "'" + type + "'"),
                ErrorCode.MODEL_UNSUPPORTED,
                "model_type is \"" + type + "\"");
    }

    @Test
    void aClassThatIsNotTheFamilysIsRefusedByName() {
        unsupported(
                "llama",
                "'architectures':['LlamaForSequenceClassification']",
                "LlamaForSequenceClassification");
        assertThat(read("qwen3_moe", "'architectures':['Qwen3MoeForCausalLM']").layerCount())
                .isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"llama", "mistral", "qwen2", "qwen3", "mixtral", "qwen3_moe", "deepseek_v3"})
    void keysThatNobodyKnowsAreRefusedByNameUnlessTheySayNothing(String type) {
        for (String value : List.of("0.5", "true", "'x'", "[1]", "{'a':1}", "0")) {
            unsupported(type, "'attention_multiplier':" + value, "attention_multiplier is");
        }
        for (String value : List.of("null", "false", "[]", "{}")) {
            assertThat(read(type, "'attention_multiplier':" + value).layerCount()).isEqualTo(4);
        }
        unsupported(type, "'hidden_act':'gelu'", "hidden_act is \"gelu\"");
        unsupported(type, "'no_rope_layers':[1,0]", "no_rope_layers");
    }

    @Test
    void keysOfTrainingAndBookkeepingChangeNothing() {
        ModelSpec plain = read(least("llama"));
        String more =
                "'attention_dropout':0.1,'initializer_range':0.02,'use_cache':true,"
                        + "'torch_dtype':'bfloat16','pad_token_id':0,'pretraining_tp':2,"
                        + "'transformers_version':'4.40','_name_or_path':'x','hidden_act':'swish'";
        assertThat(read("llama", more)).isEqualTo(plain);
    }

    @Test
    void absurdSizesAreRefusedBeforeTheyTakeMemory() {
        refuses(
                least("llama").replace("'num_hidden_layers':4", "'num_hidden_layers':2000000000"),
                ErrorCode.MODEL_INVALID,
                "num_hidden_layers is 2000000000");
        refuses(
                least("llama").replace("'hidden_size':64", "'hidden_size':2000000000"),
                ErrorCode.MODEL_INVALID,
                "hidden_size");
        invalid("llama", "'head_dim':2000000000", "rows of at most");
        invalid("deepseek_v3", "'kv_lora_rank':2147483647", "rows of at most");
        invalid("mixtral", "'num_local_experts':2000000000", "at most 65536");
    }

    @Test
    void bosAndEosMayBeNone() {
        ModelSpec spec = read("llama", "'bos_token_id':null,'eos_token_id':null");
        assertThat(spec.bosId()).isEmpty();
        assertThat(spec.eosIds()).isEmpty();
        assertThat(Arrays.stream(windows(spec)).sum()).isZero();
    }
}
