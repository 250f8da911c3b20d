package assay.engine.sample;

import assay.engine.EngineException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Ends a text at the first of some stop sequences, which may begin in one piece and end in a later
 * one. The first is the one that ends first, of those that end at the same character the one that
 * began first; so the outcome does not depend on how the text is cut into pieces. Whatever may
 * still become one is held back, and nothing more. Time linear in the text, however many sequences.
 * Source: Aho and Corasick, "Efficient string matching" (CACM 1975). Confined to one thread.
 */
public final class StopSequences {
    public static final int COUNT_MAX = 16;
    public static final int LENGTH_MAX = 256;

    private static final int ROOT = 0;

    /** Node and character to node: the tree of all beginnings. */
    private final Map<Integer, Integer> children = new HashMap<>();

    /**
     * Of each node: its length, where its longest other end is, and the longest stop at its end.
     */
    private int[] depths = new int[1];

    private int[] fallbacks = new int[1];
    private int[] stopLengths = new int[1];
    private int nodes = 1;

    private final StringBuilder held = new StringBuilder();
    private int node = ROOT;
    private boolean stopped;

    /**
     * @throws EngineException REQUEST_INVALID when a stop sequence is empty or there are too many
     */
    public StopSequences(List<String> stops) {
        if (stops.size() > COUNT_MAX) {
            throw SamplingParams.invalid("stop sequences: " + stops.size(), "at most " + COUNT_MAX);
        }
        for (String stop : stops) {
            if (stop.isEmpty() || stop.length() > LENGTH_MAX) {
                throw SamplingParams.invalid(
                        "stop sequence: " + stop.length() + " characters", "1.." + LENGTH_MAX);
            }
            add(stop);
        }
        link();
    }

    /** At most 4,096 nodes: node and character fit into an int. */
    private static int edge(int node, char c) {
        return node << Character.SIZE | c;
    }

    private void add(String stop) {
        int at = ROOT;
        for (int i = 0; i < stop.length(); i++) {
            Integer next = children.get(edge(at, stop.charAt(i)));
            if (next == null) {
                next = nodes++;
                children.put(edge(at, stop.charAt(i)), next);
                if (nodes > depths.length) {
                    depths = Arrays.copyOf(depths, 2 * nodes);
                    fallbacks = Arrays.copyOf(fallbacks, 2 * nodes);
                    stopLengths = Arrays.copyOf(stopLengths, 2 * nodes);
                }
                depths[next] = i + 1;
            }
            at = next;
        }
        stopLengths[at] = stop.length();
    }

    /** Level by level: the fallback of a node is shorter, so it is known before. */
    private void link() {
        Map<Integer, ArrayDeque<Integer>> edges = new HashMap<>();
        children.keySet()
                .forEach(e ->
                        edges.computeIfAbsent(e >>> Character.SIZE, _ -> new ArrayDeque<>())
                                .add(e));
        ArrayDeque<Integer> open = new ArrayDeque<>(List.of(ROOT));
        while (!open.isEmpty()) {
            int at = open.remove();
            for (int edge : edges.getOrDefault(at, new ArrayDeque<>())) {
                int child = children.getOrDefault(edge, ROOT);
                fallbacks[child] = at == ROOT ? ROOT : step(fallbacks[at], (char) edge);
                if (stopLengths[child] == 0) {
                    stopLengths[child] = stopLengths[fallbacks[child]];
                }
                open.add(child);
            }
        }
    }

    /** To the longest beginning of a stop sequence that the text now ends with. */
    private int step(int from, char c) {
        int at = from;
        while (true) {
            Integer next = children.get(edge(at, c));
            if (next != null) {
                return next;
            }
            if (at == ROOT) {
                return ROOT;
            }
            at = fallbacks[at];
        }
    }

    /** The text that is certain to come before any stop sequence; empty once one was found. */
    public String append(String text) {
        for (int i = 0; i < text.length() && !stopped; i++) {
            held.append(text.charAt(i));
            node = step(node, text.charAt(i));
            if (stopLengths[node] > 0) {
                stopped = true;
                held.setLength(held.length() - stopLengths[node]);
                return finish();
            }
        }
        return stopped ? "" : take(held.length() - depths[node]);
    }

    /** A stop sequence was found: nothing comes after what was returned. */
    public boolean stopped() {
        return stopped;
    }

    /** What was held back; the stream is over. */
    public String finish() {
        return take(held.length());
    }

    private String take(int count) {
        String text = held.substring(0, count);
        held.delete(0, count);
        return text;
    }
}
