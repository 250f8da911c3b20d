package assay.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Ids that are expected here were made by llama.cpp from the same files. */
class GgufTokenizerTest {
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int BYTE = 6;

    @TempDir private Path folder;

    @FunctionalInterface
    private interface Use {
        void of(GgufTokenizer tokenizer);
    }

    private void with(GgufWriter writer, Use use) throws IOException {
        Path file = folder.resolve("model.gguf");
        writer.write(file);
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            use.of(new GgufTokenizer(checkpoint.gguf().orElseThrow()));
        }
    }

    private static GgufWriter byteLevel() {
        GgufWriter writer = new GgufWriter().text("general.architecture", "llama");
        RandomGguf.vocabulary(writer, 300);
        return writer;
    }

    /** The specials, 256 bytes, letters, and a few words with scores. */
    static GgufWriter sentencePiece() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        List<Integer> types = new ArrayList<>(List.of(UNKNOWN, CONTROL, CONTROL));
        List<Float> scores = new ArrayList<>(List.of(0f, 0f, 0f));
        for (int b = 0; b < 256; b++) {
            tokens.add("<0x%02X>".formatted(b));
            types.add(BYTE);
            scores.add(0f);
        }
        List<String> pieces =
                List.of(
                        "\u2581t",
                        "he",
                        "\u2581the",
                        "in",
                        "\u2581in",
                        "the",
                        "\u2581",
                        "t",
                        "h",
                        "e",
                        "i",
                        "n",
                        "a");
        for (String piece : pieces) {
            tokens.add(piece);
            types.add(NORMAL);
            scores.add(-(float) (tokens.size() - 259));
        }
        float[] scored = new float[scores.size()];
        for (int i = 0; i < scored.length; i++) {
            scored[i] = scores.get(i);
        }
        return new GgufWriter()
                .text("general.architecture", "llama")
                .text("tokenizer.ggml.model", "llama")
                .texts("tokenizer.ggml.tokens", tokens)
                .floats("tokenizer.ggml.scores", scored)
                .ints(
                        "tokenizer.ggml.token_type",
                        types.stream().mapToInt(Integer::intValue).toArray())
                .u32("tokenizer.ggml.unknown_token_id", 0)
                .u32("tokenizer.ggml.bos_token_id", 1)
                .u32("tokenizer.ggml.eos_token_id", 2)
                .text("tokenizer.chat_template", "{{ bos_token }}");
    }

    @Test
    void byteLevelPiecesAreThoseOfLlamaCpp() throws IOException {
        with(
                byteLevel(),
                data -> {
                    try (Tokenizer tokenizer = Tokenizer.of(data.tokenizerJson())) {
                        String text = "the and in\nxyz é";
                        int[] ids = tokenizer.encode(text);
                        assertThat(ids)
                                .containsExactly(
                                        257, 262, 32, 258, 10, 120, 121, 122, 32, 195, 169);
                        assertThat(tokenizer.decode(ids)).isEqualTo(text);
                        assertThat(tokenizer.encode("<|begin|>the<|end|>"))
                                .containsExactly(266, 257, 267);
                    }
                });
    }

    @Test
    void sentencePiecesAreThoseOfLlamaCpp() throws IOException {
        with(
                sentencePiece(),
                data -> {
                    try (Tokenizer tokenizer = Tokenizer.of(data.tokenizerJson())) {
                        int[] ids = tokenizer.encode("the in then é");
                        assertThat(ids).containsExactly(261, 263, 261, 270, 265, 198, 172);
                        assertThat(tokenizer.decode(ids)).isEqualTo("the in then é");
                    }
                    var config = new JsonMapper().readTree(data.configJson());
                    assertThat(config.path("bos_token").asString()).isEqualTo("<s>");
                    assertThat(config.path("eos_token").asString()).isEqualTo("</s>");
                    assertThat(config.path("chat_template").asString())
                            .isEqualTo("{{ bos_token }}");
                });
    }

    private int[] prompt(GgufWriter writer, String text) throws IOException {
        List<int[]> ids = new ArrayList<>();
        with(
                writer,
                data -> {
                    try (Tokenizer tokenizer = Tokenizer.of(data.tokenizerJson())) {
                        ids.add(tokenizer.prompt(text));
                    }
                });
        return ids.getFirst();
    }

    private static GgufWriter adding(GgufWriter writer, boolean bos, boolean eos) {
        return writer.flag("tokenizer.ggml.add_bos_token", bos)
                .flag("tokenizer.ggml.add_eos_token", eos);
    }

    @Test
    void aPromptBeginsAndEndsAsTheFileSays() throws IOException {
        assertThat(prompt(adding(byteLevel(), true, true), "the")).containsExactly(266, 257, 267);
        assertThat(prompt(adding(byteLevel(), false, true), "the")).containsExactly(257, 267);
        assertThat(prompt(adding(byteLevel(), false, false), "the")).containsExactly(257);
        assertThat(prompt(adding(sentencePiece(), false, true), "the")).containsExactly(261, 2);
        assertThat(prompt(adding(sentencePiece(), true, false), "")).containsExactly(1);
    }

    @Test
    void aPromptOfWhichTheFileSaysNothingBeginsAsInLlamaCpp() throws IOException {
        assertThat(prompt(sentencePiece(), "the")).containsExactly(1, 261);
        GgufWriter silent = new GgufWriter().text("general.architecture", "llama");
        RandomGguf.vocabulary(silent, 300);
        silent.without("tokenizer.ggml.add_bos_token");
        assertThat(prompt(silent, "the")).containsExactly(266, 257);
        assertThat(prompt(silent.text("tokenizer.ggml.pre", "qwen2"), "the")).containsExactly(257);
    }

    @Test
    void whatAPromptWritesOutItselfIsNotAddedAgain() throws IOException {
        GgufWriter both = adding(byteLevel(), true, true);
        assertThat(prompt(both, "<|begin|>the")).containsExactly(266, 257, 267);
        assertThat(prompt(both, "<|begin|>the<|end|>")).containsExactly(266, 257, 267);
    }

    @Test
    void aSpaceGoesBeforeTheTextUnlessTheFileSaysNo() throws IOException {
        GgufWriter plain = sentencePiece().flag("tokenizer.ggml.add_space_prefix", false);
        with(
                plain,
                data -> {
                    try (Tokenizer tokenizer = Tokenizer.of(data.tokenizerJson())) {
                        assertThat(tokenizer.encode("the in")).containsExactly(264, 263);
                        assertThat(tokenizer.decode(new int[] {261, 263})).isEqualTo(" the in");
                    }
                });
        with(
                sentencePiece(),
                data -> {
                    try (Tokenizer tokenizer = Tokenizer.of(data.tokenizerJson())) {
                        assertThat(tokenizer.encode("the in")).containsExactly(261, 263);
                        assertThat(tokenizer.encode("the</s>the")).containsExactly(261, 2, 261);
                        assertThat(tokenizer.decode(new int[] {261, 263})).isEqualTo("the in");
                    }
                });
    }

    @Test
    void aTokenThatIsToBeAddedAndHasNoIdIsNamed() throws IOException {
        with(
                adding(sentencePiece(), true, true).without("tokenizer.ggml.eos_token_id"),
                data ->
                        assertThatThrownBy(data::tokenizerJson)
                                .isInstanceOf(EngineException.class)
                                .hasMessageContaining("tokenizer.ggml.eos_token_id is absent"));
    }

    @Test
    void whatIsNotKnownIsRefusedByName() throws IOException {
        with(
                byteLevel().text("tokenizer.ggml.pre", "tekken"),
                data ->
                        assertThatThrownBy(data::tokenizerJson)
                                .isInstanceOf(EngineException.class)
                                .hasMessageContaining("tokenizer.ggml.pre is \"tekken\""));
        with(
                byteLevel().text("tokenizer.ggml.model", "bert"),
                data ->
                        assertThatThrownBy(data::tokenizerJson)
                                .hasMessageContaining("tokenizer.ggml.model is \"bert\""));
        with(
                byteLevel().ints("tokenizer.ggml.token_type", 1, 1),
                data ->
                        assertThatThrownBy(data::tokenizerJson)
                                .hasMessageContaining(
                                        "token_type is 2 x i32 (expected: 300 of them)"));
    }
}
