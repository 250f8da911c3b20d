package assay.engine.cache;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.KvBlocks;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which blocks each sequence of one stage holds, wherever the stage's memory is. A block number
 * means the same place in each layer, so one table for each sequence serves them all. Source of the
 * paging: PagedAttention (arXiv 2309.06180).
 *
 * <p>What a sequence holds is decided elsewhere: the tables follow {@link TableUpdate}s and refuse
 * those that would read what was never written, or write where another sequence reads. A block is
 * shared by naming it in several tables. A step writes all its positions before any of them is
 * read, so slices of one step may share as well.
 *
 * <p>Confined to the stage's thread.
 */
public sealed class BlockTables permits PagedKvCache {
    private static final int[] NO_BLOCKS = {};

    private final int blockCount;
    private final int maxSequences;
    private final int[] holders; // tables that name a block
    private final int[] filled; // positions of a block that are written
    private final Map<Long, int[]> tables = new HashMap<>();
    private int freeCount;
    private int nextFree;

    /**
     * @param tokens positions to hold, rounded up to whole blocks
     * @param maxSequences that may hold blocks at once
     */
    public BlockTables(int tokens, int maxSequences) {
        this.blockCount = KvBlocks.blocksFor(tokens);
        this.maxSequences = maxSequences;
        this.holders = new int[blockCount];
        this.filled = new int[blockCount];
        this.freeCount = blockCount;
    }

    public int blockCount() {
        return blockCount;
    }

    /** Blocks that no table names. */
    public int freeBlocks() {
        return freeCount;
    }

    public int sequenceCount() {
        return tables.size();
    }

    /** Positions that the sequence holds; 0 when it is unknown. */
    public int tokens(long sequenceId) {
        int tokens = 0;
        for (int block : tables.getOrDefault(sequenceId, NO_BLOCKS)) {
            tokens += filled[block];
            if (filled[block] < KvBlocks.BLOCK_TOKENS) {
                break;
            }
        }
        return tokens;
    }

    /**
     * Blocks that would have to be free for {@link #choose}; negative when it would free some.
     *
     * @param end positions that the sequence holds afterwards
     */
    public int blocksMissing(long sequenceId, int end) {
        return KvBlocks.blocksFor(end) - tables.getOrDefault(sequenceId, NO_BLOCKS).length;
    }

    /**
     * An update with free blocks, for a stage that is run by hand and has nobody to decide.
     *
     * @throws EngineException KV_EXHAUSTED when too few are free
     */
    public TableUpdate choose(long sequenceId, int end) {
        int missing = blocksMissing(sequenceId, end);
        if (missing > freeCount) {
            throw new EngineException(
                    ErrorCode.KV_EXHAUSTED,
                    "free KV blocks: %d (expected: %d)".formatted(freeCount, missing));
        }
        int[] chosen = new int[Math.max(0, missing)];
        for (int i = 0; i < chosen.length; i++) {
            while (holders[nextFree] > 0) {
                nextFree = (nextFree + 1) % blockCount;
            }
            chosen[i] = nextFree;
            nextFree = (nextFree + 1) % blockCount;
        }
        return new TableUpdate(KvBlocks.blocksFor(end) - chosen.length, chosen);
    }

    /**
     * Updates the sequence's table and takes note that a step writes its positions from {@code
     * position} to {@code end}. What it held from {@code position} on is given up.
     *
     * @return its block table, valid until the sequence is placed or released again
     * @throws EngineException STEP_INVALID when the table does not fit, when it would read what was
     *     not written or write what another sequence holds; KV_EXHAUSTED when there are too many
     *     sequences. Then nothing has changed
     */
    public int[] place(long sequenceId, int position, int end, TableUpdate update) {
        int[] before = tables.getOrDefault(sequenceId, NO_BLOCKS);
        if (before.length == 0 && tables.size() == maxSequences) {
            throw new EngineException(
                    ErrorCode.KV_EXHAUSTED,
                    "sequences: %d (expected: below %d)".formatted(tables.size(), maxSequences));
        }
        requireFits(sequenceId, before, position, end, update);
        int[] table = update.applied(before);
        swap(before, table, update.keep());
        try {
            requireWritable(sequenceId, table, position, end, update.keep());
        } catch (EngineException e) {
            swap(table, before, update.keep());
            throw e;
        }
        for (int i = KvBlocks.blocksFor(position); i < table.length; i++) {
            filled[table[i]] = 0;
        }
        for (int at = position; at < end; ) {
            int index = at / KvBlocks.BLOCK_TOKENS;
            at = Math.min(end, (index + 1) * KvBlocks.BLOCK_TOKENS);
            filled[table[index]] = at - index * KvBlocks.BLOCK_TOKENS;
        }
        tables.put(sequenceId, table);
        return table;
    }

    private void requireFits(
            long sequenceId, int[] before, int position, int end, TableUpdate update) {
        int length = update.keep() + update.blocks().length;
        if (position < 0
                || end <= position
                || update.keep() < 0
                || update.keep() > before.length
                || length < KvBlocks.blocksFor(end)
                || length > blockCount) {
            throw invalid(
                    sequenceId,
                    "positions %d..%d, table of %d that keeps %d"
                            .formatted(position, end, length, update.keep()),
                    "room for all positions, at most %d kept".formatted(before.length));
        }
        for (int block : update.blocks()) {
            if (block < 0 || block >= blockCount) {
                throw invalid(sequenceId, "block " + block, "below " + blockCount);
            }
        }
    }

    private void requireWritable(long sequenceId, int[] table, int position, int end, int keep) {
        int first = position / KvBlocks.BLOCK_TOKENS;
        for (int i = 0; i < first; i++) {
            if (filled[table[i]] < KvBlocks.BLOCK_TOKENS) {
                throw gap(sequenceId, table, keep, position, end);
            }
        }
        int offset = position % KvBlocks.BLOCK_TOKENS;
        if (offset > 0 && (first >= keep || filled[table[first]] < offset)) {
            throw gap(sequenceId, table, keep, position, end);
        }
        for (int i = first; i < table.length; i++) {
            if (holders[table[i]] != 1) {
                throw invalid(
                        sequenceId,
                        "block %d to write, in %d places".formatted(table[i], holders[table[i]]),
                        "in one");
            }
        }
    }

    private EngineException gap(long sequenceId, int[] table, int keep, int position, int end) {
        int held = 0;
        for (int i = 0; i < table.length && held == i * KvBlocks.BLOCK_TOKENS; i++) {
            boolean own = i < keep || filled[table[i]] == KvBlocks.BLOCK_TOKENS;
            held += own ? filled[table[i]] : 0;
        }
        return invalid(
                sequenceId,
                "positions %d..%d".formatted(position, end),
                "from at most %d".formatted(held));
    }

    private static EngineException invalid(long sequenceId, String value, String expected) {
        return new EngineException(
                ErrorCode.STEP_INVALID,
                "sequence %d: %s (expected: %s)".formatted(sequenceId, value, expected));
    }

    private void swap(int[] from, int[] to, int same) {
        for (int i = same; i < from.length; i++) {
            if (--holders[from[i]] == 0) {
                freeCount++;
            }
        }
        for (int i = same; i < to.length; i++) {
            if (holders[to[i]]++ == 0) {
                freeCount--;
            }
        }
    }

    /**
     * Forgets the sequence's table; unknown ids are passed over, so releasing twice is harmless.
     * What its blocks hold stays until they are written again.
     */
    public void release(long sequenceId) {
        int[] table = tables.remove(sequenceId);
        if (table != null) {
            swap(table, NO_BLOCKS, 0);
        }
    }

    /**
     * Goes on with these sequences as far as said, and forgets all others.
     *
     * @throws EngineException STEP_INVALID when a sequence has less than that; then nothing is held
     */
    public void keep(List<KeptTable> kept) {
        int[] had = filled.clone();
        reset();
        for (KeptTable one : kept) {
            requireKept(one, had);
            tables.put(one.sequenceId(), one.blocks());
            swap(NO_BLOCKS, one.blocks(), 0);
            for (int i = 0; i < one.blocks().length; i++) {
                int written = one.tokens() - i * KvBlocks.BLOCK_TOKENS;
                filled[one.blocks()[i]] = Math.min(written, KvBlocks.BLOCK_TOKENS);
            }
        }
    }

    private void requireKept(KeptTable kept, int[] had) {
        boolean fits =
                kept.tokens() > 0
                        && kept.blocks().length == KvBlocks.blocksFor(kept.tokens())
                        && tables.size() < maxSequences;
        for (int i = 0; fits && i < kept.blocks().length; i++) {
            int block = kept.blocks()[i];
            int wanted = Math.min(kept.tokens() - i * KvBlocks.BLOCK_TOKENS, KvBlocks.BLOCK_TOKENS);
            fits = block >= 0 && block < blockCount && had[block] >= wanted;
        }
        if (!fits) {
            reset();
            throw invalid(
                    kept.sequenceId(), "to go on with " + kept.tokens() + " positions", "fewer");
        }
    }

    /** Forgets every sequence, and what was written. */
    public void reset() {
        tables.clear();
        Arrays.fill(holders, 0);
        Arrays.fill(filled, 0);
        freeCount = blockCount;
        nextFree = 0;
    }
}
