package assay.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.ReferenceModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
    @SuppressWarnings("NullAway.Init")
    private static Tokenizer tokenizer;

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
}
