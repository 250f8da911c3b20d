package assay.engine.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The tokenizer of one model. Thread-safe; close it when no stream of the model is left. */
public final class Tokenizer implements AutoCloseable {
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

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
     * @throws EngineException MODEL_UNREADABLE when the file is not there, MODEL_INVALID when the
     *     library refuses it
     */
    public static Tokenizer open(Path folder) {
        Path file = folder.resolve("tokenizer.json");
        if (!Files.isReadable(file)) {
            throw new EngineException(ErrorCode.MODEL_UNREADABLE, "tokenizer.json: cannot be read");
        }
        // Without these the library looks for the flavour of a CUDA device and fetches it.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
        try {
            return new Tokenizer(HuggingFaceTokenizer.newInstance(file, OPTIONS));
        } catch (IOException e) {
            throw new EngineException(
                    ErrorCode.MODEL_UNREADABLE, "tokenizer.json: cannot be read", e);
        } catch (RuntimeException e) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID, "tokenizer.json: refused by the library", e);
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
