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
import java.util.Map;

/** The tokenizer of one model. Thread-safe; close it when no stream of the model is left. */
public final class Tokenizer implements AutoCloseable {
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

    private static final String FILE = "tokenizer.json";

    private final HuggingFaceTokenizer library;

    private Tokenizer(HuggingFaceTokenizer library) {
        this.library = library;
    }

    /**
     * Where the library unpacks its native part, for hosts whose home folder is read-only. Counts
     * only before the first {@link #open} of the process.
     */
    public static void nativeCache(Path folder) {
        System.setProperty("ENGINE_CACHE_DIR", folder.toString());
    }

    /**
     * Opens {@code tokenizer.json}. Nothing is downloaded.
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
            return of(Files.readString(file));
        } catch (IOException e) {
            throw new EngineException(ErrorCode.MODEL_UNREADABLE, FILE + ": cannot be read", e);
        }
    }

    /**
     * A tokenizer from the text of a {@code tokenizer.json}, which another format may have been
     * turned into.
     *
     * @throws EngineException MODEL_INVALID when the library refuses it
     */
    public static Tokenizer of(String json) {
        // Without these the library looks for the flavour of a CUDA device and fetches it.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
        try (InputStream bytes = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))) {
            return new Tokenizer(HuggingFaceTokenizer.newInstance(bytes, OPTIONS));
        } catch (IOException e) {
            throw new EngineException(ErrorCode.MODEL_UNREADABLE, FILE + ": cannot be read", e);
        } catch (RuntimeException e) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID, FILE + ": refused by the library", e);
        }
    }

    /**
     * Ids of the text. Special tokens that are written out in it are taken as such; none is added.
     */
    public int[] encode(String text) {
        long[] ids = library.encode(text, false, false).getIds();
        int[] narrow = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            narrow[i] = Math.toIntExact(ids[i]);
        }
        return narrow;
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
