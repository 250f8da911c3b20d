package assay.engine.tokenizer;

import java.util.Arrays;

/**
 * A stream of ids to text, piece by piece. A piece is held back while it ends inside a character:
 * the bytes of one may be spread over several tokens. All pieces together are what {@link
 * Tokenizer#decode} gives for all ids.
 *
 * <p>Goal: the cost of a token does not grow with the stream. Algorithm: only a window of ids is
 * decoded, once without and once with its newest ids; the difference is new. The window keeps the
 * ids of the piece before, since a decoder may treat the first token of a text differently.
 * Confined to one thread.
 */
public final class Detokenizer {
    private static final char REPLACEMENT = '\uFFFD';

    private final Tokenizer tokenizer;
    private int[] window = new int[16];
    private int told;
    private int size;

    Detokenizer(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The text that has become certain; often empty. */
    public String append(int id) {
        if (size == window.length) {
            window = Arrays.copyOf(window, size * 2);
        }
        window[size++] = id;
        String text = tokenizer.decode(window, 0, size);
        return text.isEmpty() || text.charAt(text.length() - 1) == REPLACEMENT ? "" : advance(text);
    }

    /** What was held back; the stream is over. */
    public String finish() {
        return advance(tokenizer.decode(window, 0, size));
    }

    private String advance(String text) {
        String before = tokenizer.decode(window, 0, told);
        if (text.length() <= before.length()) {
            return "";
        }
        System.arraycopy(window, told, window, 0, size - told);
        size -= told;
        told = size;
        return text.substring(before.length());
    }
}
