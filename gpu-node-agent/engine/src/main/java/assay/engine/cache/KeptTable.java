package assay.engine.cache;

import java.util.Arrays;

/**
 * What a stage goes on with of one sequence when the steps in flight are lost. Immutable.
 *
 * @param tokens positions that every stage has written, at least 1
 * @param blocks that hold them, no more; not copied, not changed afterwards
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below
public record KeptTable(long sequenceId, int tokens, int[] blocks) {
    @Override
    public boolean equals(Object other) {
        return other instanceof KeptTable(long s, int t, int[] b)
                && s == sequenceId
                && t == tokens
                && Arrays.equals(b, blocks);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Long.hashCode(sequenceId) + tokens) + Arrays.hashCode(blocks);
    }

    @Override
    public String toString() {
        return "sequence %d: %d in %s".formatted(sequenceId, tokens, Arrays.toString(blocks));
    }
}
