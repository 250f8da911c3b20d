package assay.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.ReferenceModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenVocabularyTest {
    @TempDir Path folder;

    @Test
    void theReferenceModelsTokensSpellWhatWasEncoded() {
        byte[][] bytes = TokenVocabulary.open(ReferenceModel.folder()).bytes(1_536);
        String text = "Theorem é : forall x, 1 <> 2.\n\t\"日本\" \uD83D\uDE00 \u007f";
        try (Tokenizer tokenizer = Tokenizer.open(ReferenceModel.folder())) {
            ByteArrayOutputStream spelled = new ByteArrayOutputStream();
            for (int id : tokenizer.encode(text)) {
                spelled.writeBytes(bytes[id]);
            }
            assertThat(spelled.toString(StandardCharsets.UTF_8)).isEqualTo(text);
        }
        assertThat(bytes[2]).as("<|eos|>").isEmpty();
        assertThat(bytes[1_400]).as("a reserved one").isEmpty();
        assertThat(bytes).hasNumberOfRows(1_536);
    }

    @Test
    void byteLevelStringsStandForBytes() {
        byte[][] bytes =
                TokenVocabulary.of(
                                Map.of(0, "Ġa", 1, "Ċ", 2, "æĹ", 3, "<s>", 5, "a b"),
                                Set.of(3),
                                TokenVocabulary.Spelling.BYTE_LEVEL)
                        .bytes(7);
        assertThat(bytes[0]).isEqualTo(new byte[] {' ', 'a'});
        assertThat(bytes[1]).isEqualTo(new byte[] {'\n'});
        assertThat(bytes[2]).isEqualTo(new byte[] {(byte) 0xE6, (byte) 0x97});
        assertThat(bytes[3]).isEmpty();
        assertThat(bytes[4]).as("no token").isEmpty();
        assertThat(bytes[5])
                .as("an added token, as it is")
                .isEqualTo("a b".getBytes(StandardCharsets.UTF_8));
        assertThat(bytes[6]).isEmpty();
    }

    @Test
    void sentencePieceStringsHaveBlanksAndLoneBytes() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer.json"),
                """
                {"added_tokens":[{"id":0,"content":"<s>","special":true},
                                 {"id":5,"content":"<x>","special":false}],
                 "decoder":{"type":"Sequence","decoders":[{"type":"Replace"},{"type":"ByteFallback"},
                            {"type":"Fuse"},{"type":"Strip"}]},
                 "model":{"type":"BPE","vocab":{"<s>":0,"▁the":1,"<0xE6>":2,"日":3,"<0x0>":4}}}
                """);
        TokenVocabulary vocabulary = TokenVocabulary.open(folder);
        assertThat(vocabulary.end()).isEqualTo(6);
        byte[][] bytes = vocabulary.bytes(6);
        assertThat(bytes[0]).isEmpty();
        assertThat(bytes[1]).isEqualTo(" the".getBytes(StandardCharsets.UTF_8));
        assertThat(bytes[2]).isEqualTo(new byte[] {(byte) 0xE6});
        assertThat(bytes[3]).isEqualTo("日".getBytes(StandardCharsets.UTF_8));
        assertThat(bytes[4]).isEqualTo("<0x0>".getBytes(StandardCharsets.UTF_8));
        assertThat(bytes[5]).isEqualTo("<x>".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void refusesWhatItCannotSpell() throws IOException {
        assertThatThrownBy(() -> TokenVocabulary.open(folder))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_UNREADABLE));
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, "{\"decoder\":{\"type\":\"WordPiece\"},\"model\":{\"vocab\":{}}}");
        assertThatThrownBy(() -> TokenVocabulary.open(folder)).hasMessageContaining("WordPiece");
        Files.writeString(file, "{\"model\":{\"vocab\":{\"a\":-1}}}");
        assertThatThrownBy(() -> TokenVocabulary.open(folder)).isInstanceOf(EngineException.class);
        Files.writeString(file, "{\"model\":");
        assertThatThrownBy(() -> TokenVocabulary.open(folder))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID));
    }
}
