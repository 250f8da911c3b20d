package assay.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.ReferenceModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TokenizerTest {
    @SuppressWarnings("NullAway.Init")
    private static Tokenizer tokenizer;

    @TempDir private Path folder;

    @BeforeAll
    static void open() {
        tokenizer = Tokenizer.open(ReferenceModel.folder());
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static String stream(int[] ids) {
        Detokenizer detokenizer = tokenizer.detokenizer();
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(detokenizer.append(id));
        }
        return text.append(detokenizer.finish()).toString();
    }

    @Test
    void specialTokensWrittenOutAreTakenAsSuchAndLeftOutOfText() {
        int[] ids = tokenizer.encode("<|bos|><|theorem|>A /\\ B<|answer|>");
        assertThat(ids).startsWith(1, 3).endsWith(6);
        assertThat(tokenizer.decode(ids)).isEqualTo("A /\\ B");
        assertThat(stream(ids)).isEqualTo("A /\\ B");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "  two  blanks\n\ttab",
                "naïve ∀x ∃y → 中文 😀👩‍👩‍👧",
                "é\u0301"
            })
    void aStreamGivesTheWholeText(String text) {
        assertThat(stream(tokenizer.encode(text))).isEqualTo(text);
    }

    @Test
    void goldenAnswersStreamAsTheyDecode() throws IOException {
        for (var golden : ReferenceModel.goldens()) {
            assertThat(stream(golden.greedyIds())).isEqualTo(tokenizer.decode(golden.greedyIds()));
        }
    }

    @Test
    void noPieceEndsInsideACharacter() {
        Detokenizer detokenizer = tokenizer.detokenizer();
        for (int id : tokenizer.encode("∀∃😀")) {
            assertThat(detokenizer.append(id)).doesNotContain("\uFFFD");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anyIdsStreamAsTheyDecode(long seed) {
        int[] ids = new Random(seed).ints(200, 0, 1_397).toArray();
        assertThat(stream(ids)).isEqualTo(tokenizer.decode(ids));
    }

    @Test
    void aMissingFileIsSaid(@TempDir Path empty) {
        assertThatThrownBy(() -> Tokenizer.open(empty))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNREADABLE));
    }

    /** The reference model's tokenizer with another configuration and post-processor. */
    private int[] prompt(Path folder, String config, boolean template, String text)
            throws IOException {
        JsonMapper mapper = new JsonMapper();
        Path file = ReferenceModel.folder().resolve("tokenizer.json");
        ObjectNode root = (ObjectNode) mapper.readTree(Files.readString(file));
        if (template) {
            root.set(
                    "post_processor",
                    mapper.readTree(
                            """
                            {"type":"TemplateProcessing","pair":[{"Sequence":{"id":"A","type_id":0}},
                             {"Sequence":{"id":"B","type_id":0}}],
                             "single":[{"SpecialToken":{"id":"<|bos|>","type_id":0}},
                             {"SpecialToken":{"id":"<|theorem|>","type_id":0}},
                             {"Sequence":{"id":"A","type_id":0}},
                             {"SpecialToken":{"id":"<|eos|>","type_id":0}}],
                             "special_tokens":{
                             "<|bos|>":{"id":"<|bos|>","ids":[1],"tokens":["<|bos|>"]},
                             "<|theorem|>":{"id":"<|theorem|>","ids":[3],"tokens":["<|theorem|>"]},
                             "<|eos|>":{"id":"<|eos|>","ids":[2],"tokens":["<|eos|>"]}}}
                            """));
        }
        Files.writeString(folder.resolve("tokenizer.json"), mapper.writeValueAsString(root));
        Files.writeString(folder.resolve("tokenizer_config.json"), config.replace('\'', '"'));
        try (Tokenizer other = Tokenizer.open(folder)) {
            return other.prompt(text);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            textBlock =
                    """
                    false ; {}                                                             ; x
                    false ; {'add_bos_token':false,'bos_token':'<|bos|>'}                  ; x
                    false ; {'add_bos_token':true,'bos_token':'<|bos|>'}                   ; 1,x
                    false ; {'add_eos_token':true,'eos_token':{'content':'<|eos|>'}}       ; x,2
                    false ; {'add_bos_token':true,'bos_token':'<|bos|>','add_eos_token':true,'eos_token':'<|eos|>'} ; 1,x,2
                    true  ; {}                                                             ; 1,3,x,2
                    true  ; {'add_bos_token':null}                                         ; 1,3,x,2
                    true  ; {'add_bos_token':true,'bos_token':'<|bos|>'}                   ; 1,x
                    true  ; {'add_bos_token':false}                                        ; x
                    """)
    void aPromptBeginsAndEndsAsTheFilesSay(boolean template, String config, String expected)
            throws IOException {
        String text = "A /\\ B";
        String inner =
                Arrays.stream(tokenizer.encode(text))
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(","));
        int[] ids =
                Arrays.stream(expected.replace("x", inner).split(",", -1))
                        .mapToInt(Integer::parseInt)
                        .toArray();
        assertThat(prompt(folder, config, template, text)).isEqualTo(ids);
    }

    @Test
    void whatAPromptWritesOutItselfIsNotAddedAgain() throws IOException {
        String config = "{'add_bos_token':true,'bos_token':'<|bos|>'}";
        assertThat(prompt(folder, config, false, "<|bos|>x"))
                .isEqualTo(tokenizer.encode("<|bos|>x"));
        assertThat(prompt(folder, "{}", true, "<|bos|><|theorem|>x<|eos|>"))
                .isEqualTo(tokenizer.encode("<|bos|><|theorem|>x<|eos|>"));
    }

    @Test
    void aTokenThatIsToBeAddedAndIsNotThereIsNamed() {
        assertThatThrownBy(() -> prompt(folder, "{'add_bos_token':true}", false, "x"))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID))
                .hasMessageContaining("add_bos_token is true with 0 tokens as bos_token");
        assertThatThrownBy(() -> prompt(folder, "{'add_eos_token':1}", false, "x"))
                .hasMessageContaining("add_eos_token is 1 (expected: true or false)");
    }
}
