package assay.engine.cache;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.KvBlocks;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The KV memory of one stage. A block number means the same place in each layer, so one table for
 * each sequence serves them all. Source of the paging: PagedAttention (arXiv 2309.06180).
 *
 * <p>Confined to the stage's thread; the memory belongs to the arena it is given.
 */
public final class PagedKvCache {
    private static final int MEMORY_ALIGNMENT = 64;

    private final List<KvBlocks> layers;
    private final int blockCount;
    private final int maxSequences;
    private final int[] free;
    private final Map<Long, Sequence> sequences = new HashMap<>();
    private int freeCount;

    private static final class Sequence {
        int[] blocks = {};
        int tokens;
    }

    /**
     * @param tokens positions to hold, rounded up to whole blocks
     * @param maxSequences that may hold blocks at once
     * @throws EngineException OUT_OF_MEMORY
     */
    public PagedKvCache(
            Arena arena,
            int layerCount,
            int kvHeads,
            int keyDim,
            int valueDim,
            int tokens,
            int maxSequences) {
        this.blockCount = KvBlocks.blocksFor(tokens);
        this.maxSequences = maxSequences;
        this.free = new int[blockCount];
        this.layers = new ArrayList<>(layerCount);
        long positions = (long) blockCount * KvBlocks.BLOCK_TOKENS;
        long keyBytes = KvBlocks.TYPE.bytes(positions * kvHeads * keyDim);
        long valueBytes = KvBlocks.TYPE.bytes(positions * kvHeads * valueDim);
        try {
            for (int i = 0; i < layerCount; i++) {
                layers.add(
                        new KvBlocks(
                                arena.allocate(keyBytes, MEMORY_ALIGNMENT),
                                arena.allocate(valueBytes, MEMORY_ALIGNMENT),
                                blockCount,
                                kvHeads,
                                keyDim,
                                valueDim));
            }
        } catch (OutOfMemoryError e) {
            throw new EngineException(
                    ErrorCode.OUT_OF_MEMORY,
                    "KV: %d layers of %d bytes cannot be had"
                            .formatted(layerCount, keyBytes + valueBytes),
                    e);
        }
        reset();
    }

    /** The memory of one layer, by its index within the stage. */
    public KvBlocks layer(int index) {
        return layers.get(index);
    }

    public int blockCount() {
        return blockCount;
    }

    public int freeBlocks() {
        return freeCount;
    }

    public int sequenceCount() {
        return sequences.size();
    }

    /** Positions that the sequence holds; 0 when it is unknown. */
    public int tokens(long sequenceId) {
        Sequence sequence = sequences.get(sequenceId);
        return sequence == null ? 0 : sequence.tokens;
    }

    /**
     * Blocks that would have to be free for {@link #place}; negative when it would free some.
     *
     * @param end positions that the sequence holds afterwards
     */
    public int blocksMissing(long sequenceId, int end) {
        Sequence sequence = sequences.get(sequenceId);
        return KvBlocks.blocksFor(end) - (sequence == null ? 0 : sequence.blocks.length);
    }

    /**
     * Rolls the sequence back to {@code position}, then makes room for the positions up to {@code
     * end}.
     *
     * @return its block table, valid until the sequence is placed or released again
     * @throws EngineException STEP_INVALID when there is a gap before {@code position},
     *     KV_EXHAUSTED when no block or slot is free; then nothing has changed
     */
    public int[] place(long sequenceId, int position, int end) {
        @Nullable Sequence sequence = sequences.get(sequenceId);
        int held = sequence == null ? 0 : sequence.tokens;
        if (position < 0 || position > held || end <= position) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "sequence %d: positions %d..%d (expected: from at most %d)"
                            .formatted(sequenceId, position, end, held));
        }
        int missing = blocksMissing(sequenceId, end);
        if (missing > freeCount) {
            throw new EngineException(
                    ErrorCode.KV_EXHAUSTED,
                    "free KV blocks: %d (expected: %d)".formatted(freeCount, missing));
        }
        if (sequence == null) {
            if (sequences.size() == maxSequences) {
                throw new EngineException(
                        ErrorCode.KV_EXHAUSTED,
                        "sequences: %d (expected: below %d)"
                                .formatted(sequences.size(), maxSequences));
            }
            sequence = new Sequence();
            sequences.put(sequenceId, sequence);
        }
        resize(sequence, KvBlocks.blocksFor(end));
        sequence.tokens = end;
        return sequence.blocks;
    }

    private void resize(Sequence sequence, int blocks) {
        int held = sequence.blocks.length;
        if (blocks == held) {
            return;
        }
        for (int i = held - 1; i >= blocks; i--) {
            free[freeCount++] = sequence.blocks[i];
        }
        sequence.blocks = Arrays.copyOf(sequence.blocks, blocks);
        for (int i = held; i < blocks; i++) {
            sequence.blocks[i] = free[--freeCount];
        }
    }

    /**
     * Gives the sequence's blocks back; unknown ids are passed over, so releasing twice is
     * harmless.
     */
    public void release(long sequenceId) {
        Sequence sequence = sequences.remove(sequenceId);
        if (sequence != null) {
            resize(sequence, 0);
        }
    }

    /** Forgets every sequence. */
    public void reset() {
        sequences.clear();
        freeCount = blockCount;
        for (int i = 0; i < blockCount; i++) {
            free[i] = blockCount - 1 - i;
        }
    }
}
