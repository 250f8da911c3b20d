package assay.engine.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** The tokenizer of one model. Thread-safe; close it when no stream of the model is left. */
public final class Tokenizer implements AutoCloseable {
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

    private static final String FILE = "tokenizer.json";

    /** Any text whose ids are looked for among those with special tokens around. */
    private static final String PROBE = "a";

    private final HuggingFaceTokenizer library;
    private final int[] begin;
    private final int[] end;

    /**
     * @param begin ids that begin a prompt
     * @param end ids that end one
     */
    private Tokenizer(HuggingFaceTokenizer library, int[] begin, int[] end) {
        this.library = library;
        this.begin = begin;
        this.end = end;
    }

    /**
     * Where the library unpacks its native part, for hosts whose home folder is read-only. Counts
     * only before the first {@link #open} of the process.
     */
    public static void nativeCache(Path folder) {
        System.setProperty("ENGINE_CACHE_DIR", folder.toString());
    }

    /**
     * Opens {@code tokenizer.json}. Nothing is downloaded. What goes around a prompt is what {@code
     * add_bos_token} and {@code add_eos_token} of {@code tokenizer_config.json} say; where it names
     * neither, the post-processor of {@code tokenizer.json}. Source: {@code update_post_processor}
     * of {@code tokenization_utils_tokenizers.py} of transformers 5.
     *
     * @throws EngineException MODEL_UNREADABLE when the file is not there, MODEL_UNSUPPORTED when
     *     there is only a SentencePiece model, MODEL_INVALID when the library refuses it
     */
    public static Tokenizer open(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isReadable(file)) {
            if (Files.exists(folder.resolve("tokenizer.model"))) {
                throw new EngineException(
                        ErrorCode.MODEL_UNSUPPORTED,
                        "tokenizer.model: SentencePiece alone (expected: tokenizer.json beside it,"
                                + " as AutoTokenizer of transformers saves it)");
            }
            throw new EngineException(ErrorCode.MODEL_UNREADABLE, FILE + ": cannot be read");
        }
        try {
            return opened(Files.readString(file), TokenizerConfig.open(folder));
        } catch (IOException e) {
            throw new EngineException(ErrorCode.MODEL_UNREADABLE, FILE + ": cannot be read", e);
        }
    }

    /**
     * A tokenizer from the text of a {@code tokenizer.json}, which another format may have been
     * turned into. Its post-processor says what goes around a prompt.
     *
     * @throws EngineException MODEL_INVALID when the library refuses it
     */
    public static Tokenizer of(String json) {
        return opened(json, TokenizerConfig.of("{}"));
    }

    private static Tokenizer opened(String json, TokenizerConfig config) {
        HuggingFaceTokenizer library = library(json);
        try {
            if (config.adds("bos").isPresent() || config.adds("eos").isPresent()) {
                return new Tokenizer(
                        library, added(library, config, "bos"), added(library, config, "eos"));
            }
            int[] plain = ids(library, PROBE, false);
            int[] whole = ids(library, PROBE, true);
            int at = indexOf(plain, whole);
            return new Tokenizer(
                    library,
                    Arrays.copyOf(whole, at),
                    Arrays.copyOfRange(whole, at + plain.length, whole.length));
        } catch (RuntimeException e) {
            library.close();
            throw e;
        }
    }

    private static HuggingFaceTokenizer library(String json) {
        // Without these the library looks for the flavour of a CUDA device and fetches it.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
        try (InputStream bytes = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))) {
            return HuggingFaceTokenizer.newInstance(bytes, OPTIONS);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.MODEL_UNREADABLE, FILE + ": cannot be read", e);
        } catch (RuntimeException e) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID, FILE + ": refused by the library", e);
        }
    }

    private static int indexOf(int[] plain, int[] whole) {
        if (Arrays.equals(plain, whole)) {
            return 0;
        }
        for (int at = 0; plain.length > 0 && at + plain.length <= whole.length; at++) {
            if (Arrays.equals(whole, at, at + plain.length, plain, 0, plain.length)) {
                return at;
            }
        }
        throw new EngineException(
                ErrorCode.MODEL_UNSUPPORTED,
                FILE + ": post_processor changes a text's tokens (expected: adds some around it)");
    }

    private static int[] added(HuggingFaceTokenizer library, TokenizerConfig config, String role) {
        if (!config.adds(role).orElse(false)) {
            return new int[0];
        }
        int[] ids = config.specialToken(role).map(it -> ids(library, it, false)).orElse(new int[0]);
        if (ids.length != 1) {
            throw TokenizerConfig.invalid(
                    "add_%s_token is true with %d tokens as %s_token (expected: one)"
                            .formatted(role, ids.length, role));
        }
        return ids;
    }

    private static int[] ids(HuggingFaceTokenizer library, String text, boolean special) {
        return Arrays.stream(library.encode(text, special, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /**
     * Ids of a whole prompt: those of its text, and around them what the model was trained to find
     * there, a token that begins a text for example. What the text begins or ends with already is
     * not added again: templates of chats write it out.
     */
    public int[] prompt(String text) {
        int[] ids = encode(text);
        int length = ids.length;
        boolean begun =
                length >= begin.length
                        && Arrays.equals(ids, 0, begin.length, begin, 0, begin.length);
        boolean ended =
                length >= end.length
                        && Arrays.equals(ids, length - end.length, length, end, 0, end.length);
        IntStream before = begun ? IntStream.empty() : Arrays.stream(begin);
        IntStream after = ended ? IntStream.empty() : Arrays.stream(end);
        return IntStream.concat(IntStream.concat(before, Arrays.stream(ids)), after).toArray();
    }

    /**
     * Ids of the text. Special tokens that are written out in it are taken as such; none is added.
     */
    public int[] encode(String text) {
        return ids(library, text, false);
    }

    /** The text of ids, special tokens left out. */
    public String decode(int[] ids) {
        return decode(ids, 0, ids.length);
    }

    String decode(int[] ids, int from, int to) {
        long[] wide = new long[to - from];
        for (int i = from; i < to; i++) {
            wide[i - from] = ids[i];
        }
        return library.decode(wide, true);
    }

    /** For one stream of ids. */
    public Detokenizer detokenizer() {
        return new Detokenizer(this);
    }

    @Override
    public void close() {
        library.close();
    }
}
