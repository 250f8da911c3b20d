package assay.engine.cache;

import java.util.Arrays;

/**
 * What becomes of a sequence's block table before a slice runs: its first blocks stay, others
 * follow. A table grows by a few numbers a step, however long the sequence is. Immutable.
 *
 * @param keep blocks of the table as it was that stay; 0 begins a new table
 * @param blocks that follow them; not copied, not changed afterwards
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below
public record TableUpdate(int keep, int[] blocks) {
    /** The table after the update. */
    int[] applied(int[] table) {
        int[] all = Arrays.copyOf(table, keep + blocks.length);
        System.arraycopy(blocks, 0, all, keep, blocks.length);
        return all;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TableUpdate(int k, int[] b)
                && k == keep
                && Arrays.equals(b, blocks);
    }

    @Override
    public int hashCode() {
        return 31 * keep + Arrays.hashCode(blocks);
    }

    @Override
    public String toString() {
        return "keep " + keep + ", then " + Arrays.toString(blocks);
    }
}
