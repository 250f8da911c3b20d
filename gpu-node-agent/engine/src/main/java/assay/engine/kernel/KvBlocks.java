package assay.engine.kernel;

import java.lang.foreign.MemorySegment;

/**
 * Keys and values of one layer, in blocks of {@link #BLOCK_TOKENS} positions that any sequence may
 * hold.
 *
 * <p>A key block is (kvHeads, keyDim, BLOCK_TOKENS): transposed, so that the scores of a block's
 * positions fall out side by side without a horizontal sum. A value block is (kvHeads,
 * BLOCK_TOKENS, valueDim). Elements are f32. A view only; the cache owns the memory.
 *
 * @param keys blockCount key blocks
 * @param values blockCount value blocks
 * @param kvHeads 1 for latent attention, whose key is the latent and the turned part, its value the
 *     latent
 */
public record KvBlocks(
        MemorySegment keys,
        MemorySegment values,
        int blockCount,
        int kvHeads,
        int keyDim,
        int valueDim) {
    public static final int BLOCK_TOKENS = 16;

    /** How an element of the cache is stored. */
    public static final DType TYPE = DType.F32;

    /** Bytes of one block of keys. */
    public long keyBlockBytes() {
        return TYPE.bytes((long) kvHeads * keyDim * BLOCK_TOKENS);
    }

    /** Bytes of one block of values. */
    public long valueBlockBytes() {
        return TYPE.bytes((long) kvHeads * valueDim * BLOCK_TOKENS);
    }

    /** Blocks that hold so many positions. */
    public static int blocksFor(int tokens) {
        return Math.ceilDiv(tokens, BLOCK_TOKENS);
    }
}
