package assay.engine.sample.constrain;

import java.util.Arrays;

/**
 * The bytes of all tokens as a tree, flattened in the order of a walk: each node knows where its
 * subtree ends, so that a byte on which the automaton dies skips all tokens that begin so. Source:
 * llguidance, README, "Token trie". Immutable.
 */
final class TokenTrie {
    private final byte[] labels;
    private final short[] depths;
    private final int[] ends;

    /** Of node i, the tokens that end there: {@code ids} from {@code firstIds[i]} on. */
    private final int[] firstIds;

    private final int[] ids;
    private final int maxDepth;

    private TokenTrie(
            byte[] labels, short[] depths, int[] ends, int[] firstIds, int[] ids, int maxDepth) {
        this.labels = labels;
        this.depths = depths;
        this.ends = ends;
        this.firstIds = firstIds;
        this.ids = ids;
        this.maxDepth = maxDepth;
    }

    /**
     * @param tokens bytes of each id, few enough for a short; those without bytes are left out
     */
    static TokenTrie of(byte[][] tokens) {
        Integer[] sorted = new Integer[tokens.length];
        int count = 0;
        for (int id = 0; id < tokens.length; id++) {
            if (tokens[id].length > 0) {
                sorted[count++] = id;
            }
        }
        Arrays.sort(sorted, 0, count, (a, b) -> Arrays.compareUnsigned(tokens[a], tokens[b]));
        return flatten(tokens, sorted, count);
    }

    private static TokenTrie flatten(byte[][] tokens, Integer[] sorted, int count) {
        int nodes = 0;
        int deepest = 0;
        byte[] before = {};
        for (int i = 0; i < count; i++) {
            byte[] token = tokens[sorted[i]];
            nodes += token.length - common(before, token);
            deepest = Math.max(deepest, token.length);
            before = token;
        }
        byte[] labels = new byte[nodes];
        short[] depths = new short[nodes];
        int[] ends = new int[nodes];
        int[] firstIds = new int[nodes + 1];
        int[] ids = new int[count];
        int[] path = new int[deepest];
        int depth = 0;
        int node = 0;
        before = new byte[0];
        for (int i = 0; i < count; i++) {
            byte[] token = tokens[sorted[i]];
            int shared = common(before, token);
            while (depth > shared) {
                ends[path[--depth]] = node;
            }
            while (depth < token.length) {
                labels[node] = token[depth];
                depths[node] = (short) depth;
                firstIds[node] = i;
                path[depth++] = node++;
            }
            ids[i] = sorted[i];
            firstIds[node] = i + 1;
            before = token;
        }
        while (depth > 0) {
            ends[path[--depth]] = node;
        }
        return new TokenTrie(labels, depths, ends, firstIds, ids, deepest);
    }

    private static int common(byte[] a, byte[] b) {
        int mismatch = Arrays.mismatch(a, b);
        return mismatch < 0 ? a.length : mismatch;
    }

    int nodes() {
        return labels.length;
    }

    /** Adds the ids of all tokens on whose bytes the automaton stays alive. */
    void collect(Automaton automaton, Automaton.State from, TokenMask.Builder into) {
        Automaton.State[] path = new Automaton.State[maxDepth + 1];
        path[0] = from;
        int node = 0;
        while (node < labels.length) {
            int depth = depths[node];
            Automaton.State at = automaton.step(path[depth], labels[node] & 0xFF);
            if (at.dead()) {
                node = ends[node];
            } else {
                path[depth + 1] = at;
                for (int i = firstIds[node]; i < firstIds[node + 1]; i++) {
                    into.add(ids[i]);
                }
                node++;
            }
        }
    }
}
