package assay.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.ReferenceModel;
import assay.engine.kernel.RotaryPairing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelSpecTest {
    private static final String OLDER =
            """
            {"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":512,
             "hidden_size":64,"intermediate_size":160,"num_hidden_layers":4,
             "num_attention_heads":4,"num_key_value_heads":2,"hidden_act":"silu",
             "max_position_embeddings":512,"rms_norm_eps":1e-06,"torch_dtype":"bfloat16",
             "rope_theta":500000.0,"rope_scaling":{"type":"llama3","factor":8.0,
             "high_freq_factor":4.0,"low_freq_factor":1.0,
             "original_max_position_embeddings":64},"eos_token_id":[3,2],"mlp_bias":false}\
            """;

    @TempDir private Path folder;

    private ModelSpec read(String config) {
        try {
            Files.writeString(folder.resolve("config.json"), config);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return ModelSpec.read(folder);
    }

    private void refuses(String config, ErrorCode code, String message) {
        assertThatThrownBy(() -> read(config))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    @Test
    void readsTheReferenceModel() {
        ModelSpec spec = ModelSpec.read(ReferenceModel.folder());
        assertThat(spec)
                .isEqualTo(
                        new ModelSpec(
                                "llama",
                                1_536,
                                384,
                                1_024,
                                1e-5f,
                                Collections.nCopies(
                                        8,
                                        new LayerSpec(
                                                new AttentionSpec.GroupedQuery(
                                                        6, 2, 64, false, false, false, 0),
                                                new FeedForwardSpec.Dense(1_024, false))),
                                new RopeSpec.Plain(10_000),
                                RotaryPairing.HALVES,
                                false,
                                OptionalInt.of(1),
                                Set.of(2)));
    }

    @Test
    void bothSpellingsOfTheRotationAreTheSame() {
        ModelSpec older = read(OLDER);
        ModelSpec newer =
                read(
                        OLDER.replace(
                                        "\"rope_theta\":500000.0,\"rope_scaling\":{\"type\"",
                                        "\"rope_parameters\":{\"rope_theta\":500000.0,\"rope_type\"")
                                .replace("torch_dtype", "dtype"));
        assertThat(newer).isEqualTo(older);
        assertThat(older.rope()).isEqualTo(new RopeSpec.Llama3(500_000, 8, 1, 4, 64));
        assertThat(older.turnedDim()).isEqualTo(16);
        assertThat(older.eosIds()).containsExactlyInAnyOrder(2, 3);
        assertThat(
                        read(OLDER.replace("\"vocab_size\"", "\"head_dim\":32,\"vocab_size\""))
                                .layer(0)
                                .attention()
                                .outputWidth())
                .isEqualTo(128);
    }

    @Test
    void generationConfigDecidesWhatEndsAnAnswer() throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": 7}");
        assertThat(read(OLDER).eosIds()).containsExactly(7);
    }

    @Test
    void whatWouldChangeTheArithmeticIsRefusedByName() {
        refuses(
                OLDER.replace("LlamaFor", "MambaFor"),
                ErrorCode.MODEL_UNSUPPORTED,
                "architectures is [\"MambaForCausalLM\"]");
        refuses(
                OLDER.replace("\"mlp_bias\":false", "\"logit_scale\":0.5"),
                ErrorCode.MODEL_UNSUPPORTED,
                "logit_scale is 0.5");
        refuses(
                OLDER.replace(
                        "\"mlp_bias\":false", "\"quantization_config\":{\"quant_method\":\"fp8\"}"),
                ErrorCode.MODEL_UNSUPPORTED,
                "quantization_config");
        refuses(
                OLDER.replace("\"llama3\"", "\"longrope\""),
                ErrorCode.MODEL_UNSUPPORTED,
                "type is \"longrope\"");
        refuses(OLDER.replace("\"silu\"", "\"gelu\""), ErrorCode.MODEL_UNSUPPORTED, "hidden_act");
    }

    @Test
    void whatCannotBeIsRefusedByName() {
        refuses(
                OLDER.replace("\"hidden_size\":64", "\"hidden_size\":0"),
                ErrorCode.MODEL_INVALID,
                "hidden_size is 0");
        refuses(
                OLDER.replace("\"num_key_value_heads\":2", "\"num_key_value_heads\":3"),
                ErrorCode.MODEL_INVALID,
                "a divisor of 4");
        refuses(OLDER.replace("1e-06", "\"x\""), ErrorCode.MODEL_INVALID, "rms_norm_eps");
        refuses(OLDER.substring(9), ErrorCode.MODEL_INVALID, "config.json");
        refuses("[1]", ErrorCode.MODEL_INVALID, "no JSON object");
    }

    @Test
    void longWavelengthsAreStretchedAndShortOnesKept() {
        RopeSpec rope = new RopeSpec.Llama3(500_000, 8, 1, 4, 8_192);
        RopeSpec plain = new RopeSpec.Plain(500_000);
        assertThat(rope.inverseFrequency(0, 128)).isEqualTo(plain.inverseFrequency(0, 128));
        assertThat(rope.inverseFrequency(63, 128))
                .isCloseTo(plain.inverseFrequency(63, 128) / 8, within(1e-12));
        assertThat(new RopeSpec.Linear(10_000, 4).inverseFrequency(0, 64)).isEqualTo(0.25);
    }
}
