package assay.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.ModelFixtures;
import assay.engine.kernel.RotaryPairing;
import assay.engine.kernel.Tensor;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.ModelSpec;
import assay.engine.model.RopeSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GgufCheckpointTest {
    private static final int WIDTH = 256;

    @TempDir private Path folder;

    private Path file() {
        return folder.resolve("model.gguf");
    }

    /** The least that a llama needs, for tests that change one thing. */
    private static GgufWriter llama() {
        return new GgufWriter()
                .text("general.architecture", "llama")
                .u32("llama.context_length", 64)
                .u32("llama.embedding_length", WIDTH)
                .u32("llama.block_count", 1)
                .u32("llama.feed_forward_length", 512)
                .u32("llama.attention.head_count", 4)
                .f32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .tensor("token_embd.weight", GgmlType.F32, (row, into) -> {}, 8, WIDTH);
    }

    private ModelSpec spec(GgufWriter writer) throws IOException {
        writer.write(file());
        try (Checkpoint checkpoint = Checkpoint.open(file())) {
            return checkpoint.spec();
        }
    }

    private void refuses(GgufWriter writer, ErrorCode code, String message) {
        assertThatThrownBy(() -> spec(writer))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_K", "Q5_K", "Q6_K"})
    void everyTypeReadsBackWithinItsRounding(GgmlType type) throws IOException {
        float[][] values = new float[3][2 * WIDTH];
        Random random = new Random(7);
        for (float[] row : values) {
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) random.nextGaussian();
            }
        }
        llama().tensor(
                        "output.weight",
                        type,
                        (row, into) -> System.arraycopy(values[row], 0, into, 0, into.length),
                        3,
                        2 * WIDTH)
                .write(file());
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            Tensor tensor = checkpoint.tensor("lm_head.weight").matrix(3, 2 * WIDTH);
            assertThat(tensor.type().name()).isEqualTo(type.name());
            double error =
                    switch (type) {
                        case F32 -> 0;
                        case F16 -> 1e-3;
                        case BF16 -> 1e-2;
                        case Q8_0 -> 0.02;
                        case Q6_K -> 0.15;
                        case Q5_K -> 0.15;
                        default -> 0.35;
                    };
            float[] row = new float[2 * WIDTH];
            for (int r = 0; r < 3; r++) {
                tensor.readRow(r, row);
                assertThat(row).containsExactly(values[r], within((float) error));
            }
        }
    }

    @Test
    void aRandomLlamaHasTheShapeThatItWasMadeWith() throws IOException {
        RandomGguf.write(file(), RandomGguf.Shape.tiny(GgmlType.Q4_K), 5);
        try (Checkpoint checkpoint = Checkpoint.open(file())) {
            ModelSpec spec = checkpoint.spec();
            assertThat(spec.architecture()).isEqualTo("llama");
            assertThat(spec.rotaryPairing()).isEqualTo(RotaryPairing.PAIRS);
            assertThat(spec.vocabularySize()).isEqualTo(320);
            assertThat(spec.tiedEmbeddings()).isFalse();
            assertThat(spec.bosId()).hasValue(266);
            assertThat(spec.eosIds()).containsExactly(267);
            assertThat(spec.layer(1).attention())
                    .isEqualTo(new AttentionSpec.GroupedQuery(4, 2, 64, false, false, false, 0));
            ModelLayout layout = ModelLayout.of(spec, checkpoint);
            long sum = layout.embeddingBytes() + layout.headBytes();
            sum += layout.layerBytes().stream().mapToLong(Long::longValue).sum();
            assertThat(sum).isBetween(Files.size(file()) * 97 / 100, Files.size(file()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "llama-f32, PAIRS",
        "llama3-rope-bf16-tied, PAIRS",
        "qwen2-bias-f16, HALVES",
        "qwen3-qknorm-bf16, HALVES",
        "qwen3moe-bf16, HALVES",
        "mixtral-bf16, PAIRS"
    })
    void aConvertedModelHasItsSpecAndTensors(String name, RotaryPairing pairing)
            throws IOException {
        Path model = ModelFixtures.folder(name);
        GgufOfFolder.write(model, file(), GgmlType.F32);
        try (Checkpoint gguf = Checkpoint.open(file());
                Checkpoint original = Checkpoint.open(model)) {
            assertThat(original.names()).allMatch(gguf::has);
            ModelSpec spec = gguf.spec();
            ModelSpec expected = original.spec();
            assertThat(spec.rotaryPairing()).isEqualTo(pairing);
            assertThat(spec.layers()).isEqualTo(expected.layers());
            assertThat(spec.tiedEmbeddings()).isEqualTo(expected.tiedEmbeddings());
            for (int i = 0; i < spec.turnedDim() / 2; i++) {
                assertThat(spec.rope().inverseFrequency(i, spec.turnedDim()))
                        .isCloseTo(
                                expected.rope().inverseFrequency(i, spec.turnedDim()),
                                within(1e-6));
            }
        }
    }

    @Test
    void expertsAreSlicesOfTheirStack() throws IOException {
        llama().u32("llama.expert_count", 3)
                .u32("llama.expert_used_count", 2)
                .tensor(
                        "blk.0.ffn_down_exps.weight",
                        GgmlType.F32,
                        (row, into) -> Arrays.fill(into, row),
                        3,
                        2,
                        4)
                .write(file());
        try (Checkpoint checkpoint = Checkpoint.open(file())) {
            String name = "model.layers.0.block_sparse_moe.experts.%d.w2.weight";
            assertThat(checkpoint.tensor(name.formatted(2)).matrix(2, 4).get(1, 3)).isEqualTo(5);
            assertThat(checkpoint.has(name.formatted(2))).isTrue();
            assertThat(checkpoint.names()).contains(name.formatted(0), name.formatted(2));
            assertThatThrownBy(() -> checkpoint.tensor(name.formatted(3)))
                    .hasMessageContaining("holds no expert 3");
            assertThat(checkpoint.spec().architecture()).isEqualTo("mixtral");
            assertThat(checkpoint.spec().layer(0).feedForward())
                    .isEqualTo(
                            new FeedForwardSpec.Experts(
                                    3, 2, 512, 0, new FeedForwardSpec.Router.Softmax(true)));
        }
    }

    @Test
    void splitFilesAreOneModel() throws IOException {
        llama().u32("split.count", 3)
                .u32("split.no", 0)
                .write(folder.resolve("m-00001-of-00003.gguf"));
        new GgufWriter()
                .u32("split.no", 1)
                .tensor("output_norm.weight", GgmlType.F32, (row, into) -> {}, WIDTH)
                .write(folder.resolve("m-00002-of-00003.gguf"));
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.tensor("model.norm.weight").matrix(WIDTH).rows()).isEqualTo(1);
            assertThatThrownBy(() -> checkpoint.tensor("lm_head.weight"))
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNREADABLE))
                    .hasMessageContaining("m-00003-of-00003.gguf");
        }
        new GgufWriter().u32("split.no", 0).write(folder.resolve("m-00003-of-00003.gguf"));
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .hasMessage(
                        "m-00003-of-00003.gguf: split.no is 0 (expected: 2, as the file's name"
                                + " says)");
    }

    @Test
    void whatChangesTheMathsAndIsNotKnownIsRefusedByName() {
        ErrorCode unsupported = ErrorCode.MODEL_UNSUPPORTED;
        refuses(llama().f32("llama.logit_scale", 2), unsupported, "llama.logit_scale is 2.0");
        refuses(
                llama().text("llama.rope.scaling.type", "longrope"),
                unsupported,
                "llama.rope.scaling.type is \"longrope\"");
        refuses(
                llama().text("general.architecture", "mamba"),
                unsupported,
                "general.architecture is \"mamba\"");
        refuses(
                llama().u32("llama.rope.dimension_count", 32),
                unsupported,
                "dimension_count is 32");
        refuses(
                llama().tensor("blk.0.attn_sinks.weight", GgmlType.F32, (row, into) -> {}, 4),
                unsupported,
                "tensor blk.0.attn_sinks.weight");
        refuses(
                llama().tensor("rope_freqs.weight", GgmlType.F32, (row, into) -> into[row] = 3, 32),
                unsupported,
                "rope_freqs.weight");
        refuses(
                llama().u32("llama.attention.head_count", 0),
                ErrorCode.MODEL_INVALID,
                "llama.attention.head_count is 0 (expected: a whole number, at least 1)");
        refuses(
                llama().text("llama.block_count", "1"),
                ErrorCode.MODEL_INVALID,
                "llama.block_count is \"1\"");
    }

    @Test
    void aTypeThatNoKernelReadsIsRefusedWhenItsTensorIsAskedFor() throws IOException {
        llama().tensor("output.weight", GgmlType.Q4_0, (row, into) -> {}, 2, 32).write(file());
        byte[] bytes = Files.readAllBytes(file());
        patchType(bytes, "output.weight", GgmlType.IQ4_NL.id());
        Files.write(file(), bytes);
        try (Checkpoint checkpoint = Checkpoint.open(file())) {
            assertThatThrownBy(() -> checkpoint.tensor("lm_head.weight").matrix(2, 32))
                    .hasMessageContaining("tensor output.weight is stored as IQ4_NL");
        }
        patchType(bytes, "output.weight", 4);
        Files.write(file(), bytes);
        assertThatThrownBy(() -> Checkpoint.open(file()))
                .hasMessage("model.gguf: tensor output.weight: unknown type 4");
    }

    /** After the name: rank, two dimensions, then the type. */
    private static void patchType(byte[] file, String name, int type) {
        String latin = new String(file, java.nio.charset.StandardCharsets.ISO_8859_1);
        int at = latin.indexOf(name) + name.length() + Integer.BYTES + 2 * Long.BYTES;
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(at, type);
    }

    @Test
    void countsAboveTheFileAreRefusedBeforeAnythingIsAllocated() throws IOException {
        llama().texts("tokenizer.ggml.tokens", java.util.List.of("a", "b")).write(file());
        byte[] good = Files.readAllBytes(file());
        for (int field : new int[] {8, 16}) {
            for (long count : new long[] {-1, 1 << 30, Long.MAX_VALUE}) {
                byte[] bytes = good.clone();
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(field, count);
                Files.write(file(), bytes);
                assertThatThrownBy(() -> Checkpoint.open(file()))
                        .isInstanceOf(EngineException.class);
            }
        }
        for (int size = 0; size < good.length; size += 7) {
            Files.write(file(), Arrays.copyOf(good, size));
            assertThatThrownBy(() -> Checkpoint.open(file())).isInstanceOf(EngineException.class);
        }
    }

    @Test
    void linearScalingIsRead() throws IOException {
        RopeSpec expected = new RopeSpec.Linear(10_000, 4);
        GgufWriter unnamed = llama().f32("llama.rope.scaling.factor", 4);
        assertThat(spec(unnamed).rope()).isEqualTo(expected);
        assertThat(spec(unnamed.text("llama.rope.scaling.type", "linear")).rope())
                .isEqualTo(expected);
        assertThat(spec(llama().f32("llama.rope.scale_linear", 4)).rope()).isEqualTo(expected);
        GgufWriter none = unnamed.text("llama.rope.scaling.type", "none");
        assertThat(spec(none).rope()).isEqualTo(new RopeSpec.Plain(10_000));
        assertThat(spec(none).tiedEmbeddings()).isTrue();
    }

    private static GgufWriter yarn() {
        return llama().text("llama.rope.scaling.type", "yarn").f32("llama.rope.scaling.factor", 4);
    }

    @Test
    void yarnTakesTheFactorsOfTheFileOrItsOwn() throws IOException {
        double gain = RopeSpec.Yarn.gain(4, 1);
        assertThat(spec(yarn()).rope())
                .isEqualTo(new RopeSpec.Yarn(10_000, 4, 64, 32, 1, true, gain));
        GgufWriter explicit =
                yarn().u32("llama.rope.scaling.original_context_length", 16)
                        .f32("llama.rope.scaling.yarn_beta_fast", 8)
                        .f32("llama.rope.scaling.yarn_beta_slow", 0.5f)
                        .f32("llama.rope.scaling.yarn_ext_factor", 1)
                        .f32("llama.rope.scaling.yarn_attn_factor", (float) gain)
                        .f32("llama.rope.scaling.yarn_log_multiplier", 0)
                        .f32("llama.rope.scaling.attn_factor", 1.25f);
        assertThat(spec(explicit).rope())
                .isEqualTo(new RopeSpec.Yarn(10_000, 4, 16, 8, 0.5, true, gain * 1.25));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    yarn_ext_factor     | 0.5 | MODEL_UNSUPPORTED | 0.5 (expected: 1)
                    yarn_attn_factor    | 1   | MODEL_UNSUPPORTED | 1.0 (expected: 1.1386, YaRN's own)
                    yarn_log_multiplier | 0.1 | MODEL_UNSUPPORTED | 0.1 (expected: 0 but for latent
                    yarn_beta_fast      | 0.5 | MODEL_INVALID     | 0.5 (expected: at least 1.0)
                    yarn_beta_slow      | 0   | MODEL_INVALID     | 0.0 (expected: above 0)
                    factor              | 0.5 | MODEL_INVALID     | 0.5 (expected: at least 1)
                    """)
    void yarnThatCouldMeanTwoThingsIsRefused(
            String key, float value, ErrorCode code, String message) {
        String name = "llama.rope.scaling." + key;
        refuses(yarn().f32(name, value), code, name + " is " + message);
    }

    @Test
    void aFactorOfAnglesWithoutYarnIsRefused() {
        refuses(
                llama().f32("llama.rope.scaling.attn_factor", 1.19f),
                ErrorCode.MODEL_UNSUPPORTED,
                "llama.rope.scaling.attn_factor is 1.19");
    }

    /** The least that latent attention needs, stretched by YaRN. */
    private static GgufWriter latent() {
        return new GgufWriter()
                .text("general.architecture", "deepseek2")
                .u32("deepseek2.context_length", 64)
                .u32("deepseek2.embedding_length", WIDTH)
                .u32("deepseek2.block_count", 1)
                .u32("deepseek2.feed_forward_length", 512)
                .u32("deepseek2.attention.head_count", 4)
                .u32("deepseek2.attention.key_length", 24)
                .u32("deepseek2.attention.value_length", 16)
                .u32("deepseek2.attention.kv_lora_rank", 32)
                .u32("deepseek2.rope.dimension_count", 8)
                .text("deepseek2.rope.scaling.type", "yarn")
                .f32("deepseek2.rope.scaling.factor", 40)
                .f32("deepseek2.rope.scaling.yarn_log_multiplier", 0.1f)
                .f32("deepseek2.attention.layer_norm_rms_epsilon", 1e-6f)
                .tensor("token_embd.weight", GgmlType.F32, (row, into) -> {}, 8, WIDTH);
    }

    @Test
    void yarnOfLatentAttentionIsAGainOfScoresAlone() throws IOException {
        ModelSpec spec = spec(latent());
        assertThat(spec.rope().magnitude()).isEqualTo(1);
        double gain = RopeSpec.Yarn.gain(40, 1);
        assertThat(spec.layer(0).attention().scale())
                .isCloseTo((float) (gain * gain / Math.sqrt(24)), within(1e-6f));
        ErrorCode unsupported = ErrorCode.MODEL_UNSUPPORTED;
        String prefix = "deepseek2.rope.scaling.";
        refuses(
                latent().f32(prefix + "yarn_log_multiplier", 0),
                unsupported,
                "yarn_log_multiplier is 0.0 (expected: above 0 with latent attention");
        refuses(
                latent().f32(prefix + "attn_factor", 1.1f),
                unsupported,
                "attn_factor is 1.1 (expected: 1 with latent attention)");
        refuses(
                latent().text(prefix + "type", "linear"),
                unsupported,
                "type is \"linear\" (expected: yarn or none with latent attention)");
        refuses(
                latent().u32("deepseek2.expert_count", 4)
                        .u32("deepseek2.expert_used_count", 2)
                        .u32("deepseek2.expert_feed_forward_length", 32)
                        .u32("deepseek2.expert_gating_func", 1),
                unsupported,
                "expert_gating_func is 1");
    }
}
