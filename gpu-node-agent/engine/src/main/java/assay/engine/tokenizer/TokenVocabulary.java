package assay.engine.tokenizer;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The tokens of a model as the bytes that they stand for. A token's string in a file is not its
 * text: byte-level vocabularies write each byte as a printable character, SentencePiece ones write
 * a blank as U+2581 and lone bytes as {@code <0xNN>}. Immutable.
 *
 * <p>What a decoder does at the edges of a text is left out: SentencePiece's drops one blank at the
 * very beginning, which here stays a byte of the first token.
 *
 * <p>Sources: the byte alphabet of GPT-2 (openai/gpt-2, encoder.py, bytes_to_unicode); byte
 * fallback of SentencePiece; the file format of the tokenizers library.
 */
public final class TokenVocabulary {
    private static final long FILE_BYTES_MAX = 256L << 20;
    private static final int SIZE_MAX = 1 << 24;
    private static final int[] BYTE_OF_CHARACTER = byteAlphabet();
    private static final String BLANK = "\u2581";

    /** How token strings are written. */
    public enum Spelling {
        /** A printable character for each byte, as GPT-2 does. */
        BYTE_LEVEL,
        /** U+2581 for a blank, {@code <0xNN>} for a lone byte, else the text itself. */
        SENTENCE_PIECE
    }

    private final Map<Integer, byte[]> bytes;
    private final int end;

    private TokenVocabulary(Map<Integer, byte[]> bytes) {
        this.bytes = bytes;
        this.end = bytes.keySet().stream().mapToInt(id -> id + 1).max().orElse(0);
    }

    /**
     * @param tokens the string of each id, as the vocabulary's file has it
     * @param special ids of control tokens: they stand for no bytes
     * @throws EngineException MODEL_INVALID for an id outside 0..16,777,215
     */
    public static TokenVocabulary of(
            Map<Integer, String> tokens, Set<Integer> special, Spelling spelling) {
        Map<Integer, byte[]> bytes = new HashMap<>();
        tokens.forEach((id, token) -> {
            if (id < 0 || id >= SIZE_MAX) {
                throw invalid("token id: %d (expected: below %d)".formatted(id, SIZE_MAX));
            }
            bytes.put(id, special.contains(id) ? new byte[0] : bytes(token, spelling));
        });
        return new TokenVocabulary(bytes);
    }

    /**
     * Reads {@code tokenizer.json} of a model folder.
     *
     * @throws EngineException MODEL_UNREADABLE, MODEL_INVALID, or MODEL_UNSUPPORTED when the
     *     decoder is of another kind
     */
    public static TokenVocabulary open(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw invalid("tokenizer.json: above %d bytes".formatted(FILE_BYTES_MAX));
            }
            return read(new JsonMapper().readTree(file.toFile()));
        } catch (JacksonException e) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID, "tokenizer.json: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new EngineException(
                    ErrorCode.MODEL_UNREADABLE, "tokenizer.json: cannot be read", e);
        }
    }

    /**
     * Reads the text of a {@code tokenizer.json}.
     *
     * @throws EngineException as {@link #open}
     */
    public static TokenVocabulary of(String json) {
        try {
            return read(new JsonMapper().readTree(json));
        } catch (JacksonException e) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID, "tokenizer.json: " + e.getOriginalMessage(), e);
        }
    }

    private static TokenVocabulary read(JsonNode root) {
        Map<Integer, String> tokens = new HashMap<>();
        JsonNode vocabulary = root.path("model").path("vocab");
        if (vocabulary.isObject()) {
            vocabulary.forEachEntry((token, id) -> tokens.put(id(id), token));
        } else {
            // Unigram: a list of token and score, where the place is the id.
            for (JsonNode entry : vocabulary) {
                tokens.put(tokens.size(), entry.path(0).asString());
            }
        }
        Spelling spelling = spelling(root);
        Set<Integer> special = new HashSet<>();
        Map<Integer, byte[]> added = new HashMap<>();
        for (JsonNode token : root.path("added_tokens")) {
            int id = id(token.path("id"));
            tokens.putIfAbsent(id, "");
            if (token.path("special").asBoolean()) {
                special.add(id);
            } else {
                String content = token.path("content").asString();
                added.put(id, content.getBytes(StandardCharsets.UTF_8));
            }
        }
        TokenVocabulary read = of(tokens, special, spelling);
        read.bytes.putAll(added);
        return read;
    }

    private static int id(JsonNode id) {
        if (!id.isIntegralNumber() || !id.canConvertToInt()) {
            throw invalid("tokenizer.json: id %s (expected: a whole number)".formatted(id));
        }
        return id.intValue();
    }

    /** The decoder says; where there is none, the splitting before the model. */
    private static Spelling spelling(JsonNode root) {
        for (String part : new String[] {"decoder", "pre_tokenizer"}) {
            Set<String> types = new HashSet<>();
            types(root.path(part), types);
            if (types.contains("ByteLevel")) {
                return Spelling.BYTE_LEVEL;
            }
            if (types.contains("ByteFallback") || types.contains("Metaspace")) {
                return Spelling.SENTENCE_PIECE;
            }
        }
        throw new EngineException(
                ErrorCode.MODEL_UNSUPPORTED,
                "tokenizer.json: decoder %s (expected: ByteLevel, ByteFallback or Metaspace)"
                        .formatted(root.path("decoder").path("type")));
    }

    private static void types(JsonNode step, Set<String> types) {
        types.add(step.path("type").asString(""));
        for (String list : new String[] {"decoders", "pretokenizers"}) {
            step.path(list).forEach(inner -> types(inner, types));
        }
    }

    private static byte[] bytes(String token, Spelling spelling) {
        byte @Nullable [] bytes =
                switch (spelling) {
                    case BYTE_LEVEL -> byteLevel(token);
                    case SENTENCE_PIECE -> loneByte(token);
                };
        if (bytes != null) {
            return bytes;
        }
        String text = spelling == Spelling.SENTENCE_PIECE ? token.replace(BLANK, " ") : token;
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Null when a character is none of the byte alphabet: the token is written as it is. */
    private static byte @Nullable [] byteLevel(String token) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(token.length());
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c >= BYTE_OF_CHARACTER.length || BYTE_OF_CHARACTER[c] < 0) {
                return null;
            }
            bytes.write(BYTE_OF_CHARACTER[c]);
        }
        return bytes.toByteArray();
    }

    private static byte @Nullable [] loneByte(String token) {
        if (token.length() != 6 || !token.startsWith("<0x") || !token.endsWith(">")) {
            return null;
        }
        int high = Character.digit(token.charAt(3), 16);
        int low = Character.digit(token.charAt(4), 16);
        return high < 0 || low < 0 ? null : new byte[] {(byte) (high << 4 | low)};
    }

    /** Printable bytes of Latin-1 stand for themselves, the others for 256 and up, in order. */
    private static int[] byteAlphabet() {
        int[] bytes = new int[512];
        Arrays.fill(bytes, -1);
        int next = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b != 0xAD);
            bytes[printable ? b : next++] = b;
        }
        return bytes;
    }

    /** Ids are below it; some may have no token. */
    public int end() {
        return end;
    }

    /**
     * The bytes of each id.
     *
     * @param size of the model's vocabulary: ids beyond are cut off, ids without a token are empty
     * @return (size) new arrays; empty for special tokens
     */
    public byte[][] bytes(int size) {
        byte[][] all = new byte[size][];
        for (int id = 0; id < size; id++) {
            all[id] = bytes.getOrDefault(id, new byte[0]).clone();
        }
        return all;
    }

    private static EngineException invalid(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, message);
    }
}
