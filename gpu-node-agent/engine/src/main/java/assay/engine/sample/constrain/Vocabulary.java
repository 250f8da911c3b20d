package assay.engine.sample.constrain;

import java.util.Set;
import java.util.TreeSet;

/**
 * The tokens of a model as bytes, for constraints. Immutable and thread-safe; make one for each
 * model, since it is compared by identity and holds a tree of all tokens (some 30 bytes a byte of
 * them).
 */
public final class Vocabulary {
    private final byte[][] tokens;
    private final Set<Integer> endIds;
    private final TokenTrie trie;

    private Vocabulary(byte[][] tokens, Set<Integer> endIds) {
        this.tokens = tokens;
        this.endIds = endIds;
        this.trie = TokenTrie.of(tokens);
    }

    /**
     * @param tokens the bytes of each id; empty for special tokens and for ids without a token,
     *     which no constraint ever allows. Not copied: do not change it afterwards.
     * @param endIds tokens that end an output; allowed where it is whole
     * @throws assay.engine.EngineException REQUEST_INVALID when there is no end id, or one outside
     *     the vocabulary
     */
    public static Vocabulary of(byte[][] tokens, Set<Integer> endIds) {
        if (endIds.isEmpty()) {
            throw Limits.invalid("end ids of the model: none (expected: at least 1)");
        }
        for (int id : endIds) {
            if (id < 0 || id >= tokens.length) {
                throw Limits.invalid(
                        "end id: %d (expected: 0..%d)".formatted(id, tokens.length - 1));
            }
        }
        byte[][] plain = tokens.clone();
        for (int id = 0; id < plain.length; id++) {
            // An end id ends the output and never stands for its text.
            if (plain[id].length > Limits.TOKEN_BYTES || endIds.contains(id)) {
                plain[id] = new byte[0];
            }
        }
        return new Vocabulary(plain, new TreeSet<>(endIds));
    }

    /** Ids are below it. */
    public int size() {
        return tokens.length;
    }

    /** Whether the id ends an output. */
    public boolean ends(int id) {
        return endIds.contains(id);
    }

    Set<Integer> endIds() {
        return endIds;
    }

    byte[] bytes(int id) {
        return id < 0 || id >= tokens.length ? new byte[0] : tokens[id];
    }

    TokenTrie trie() {
        return trie;
    }
}
