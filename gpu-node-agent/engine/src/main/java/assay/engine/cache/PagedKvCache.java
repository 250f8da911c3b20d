package assay.engine.cache;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.KvBlocks;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * The KV memory of one stage that computes in main memory, with the tables that say who holds what
 * of it. Confined to the stage's thread; the memory belongs to the arena it is given.
 */
public final class PagedKvCache extends BlockTables {
    private static final int MEMORY_ALIGNMENT = 64;

    private final List<KvBlocks> layers;

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
        super(tokens, maxSequences);
        int blockCount = blockCount();
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
    }

    /** The memory of one layer, by its index within the stage. */
    public KvBlocks layer(int index) {
        return layers.get(index);
    }
}
