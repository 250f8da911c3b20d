package assay.engine.bench;

import java.util.List;

/**
 * How much each contender does for one measurement.
 *
 * @param promptTokens of the only prompt, or of sixteen together
 * @param steps of decoding
 */
record Workload(int threads, int promptTokens, int steps) {
    static final int SEQUENCES = 16;

    /** The higher ids of the vocabulary, which no tokenizer treats specially. */
    private static final int FIRST_ID = 300;

    private static final int IDS = 30_000;

    Workload {
        if (threads < 1 || promptTokens < SEQUENCES || promptTokens % SEQUENCES != 0 || steps < 1) {
            throw new IllegalArgumentException(
                    "workload: %d threads, %d tokens, %d steps (expected: at least 1, %d and 1)"
                            .formatted(threads, promptTokens, steps, SEQUENCES));
        }
    }

    /** As the last arguments of a contender's command. */
    List<String> arguments() {
        return List.of("" + threads, "" + promptTokens, "" + SEQUENCES, "" + steps);
    }

    /** The same made-up prompts for each contender. */
    static int[] prompt(int sequence, int tokens) {
        int[] ids = new int[tokens];
        for (int i = 0; i < tokens; i++) {
            ids[i] = (i * 7_919 + sequence * 31) % IDS + FIRST_ID;
        }
        return ids;
    }
}
