package assay.engine.kernel.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * Keys and values of one layer in device memory, bf16, in blocks of 16 positions with the ids that
 * the processor's cache uses, finite from the start. A key block is (kvHeads, 16, keyDim), a value
 * block (kvHeads, 16, valueDim). A view.
 *
 * @param keys address of block 0
 * @param values address of block 0; 0 for latent attention, where a position's value is the first
 *     {@code valueDim} elements of its key
 * @param keyDim a multiple of 8, at most 256 (576 for latent attention)
 * @param valueDim a multiple of 8, at most 256 (512 for latent attention)
 */
public record DeviceKv(long keys, long values, int kvHeads, int keyDim, int valueDim) {
    /** Positions of a block. */
    public static final int BLOCK_TOKENS = 16;

    private static final int DIM_MAX = 256;
    private static final int LATENT_KEY_MAX = 576;
    private static final int LATENT_VALUE_MAX = 512;

    public DeviceKv {
        boolean latent = values == 0;
        int keyMax = latent ? LATENT_KEY_MAX : DIM_MAX;
        int valueMax = latent ? LATENT_VALUE_MAX : DIM_MAX;
        boolean sizes = keyDim % 8 == 0 && valueDim % 8 == 0 && keyDim > 0 && valueDim > 0;
        boolean fits = keyDim <= keyMax && valueDim <= valueMax;
        if (!sizes || !fits || kvHeads < 1 || (latent && (kvHeads != 1 || valueDim > keyDim))) {
            throw new EngineException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    "cached heads: %d of %d and %d (expected: multiples of 8 up to %d and %d)"
                            .formatted(kvHeads, keyDim, valueDim, keyMax, valueMax));
        }
    }

    /** Bytes of one block of keys. */
    public long keyBlockBytes() {
        return (long) kvHeads * BLOCK_TOKENS * keyDim * Short.BYTES;
    }

    /** Bytes of one block of values. */
    public long valueBlockBytes() {
        return values == 0 ? 0 : (long) kvHeads * BLOCK_TOKENS * valueDim * Short.BYTES;
    }
}
