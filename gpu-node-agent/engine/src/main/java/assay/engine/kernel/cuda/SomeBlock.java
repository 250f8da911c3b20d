package assay.engine.kernel.cuda;

import assay.engine.kernel.DType;

/**
 * What a block of {@code product_some} is launched with, of which there are two in the source: one
 * for the tensor cores of 9.0, and one for all others.
 *
 * @param sharedBytes of dynamic shared memory
 */
record SomeBlock(int threads, int sharedBytes) {
    /** The only capability with these instructions: they are not part of later ones. */
    private static final int WIDE_CAPABILITY = 90;

    /** Elements of x that a block has of each token at once. */
    private static final int CHUNK = 256;

    /** Chunks at once, and what keeps the rows of two tokens apart. */
    private static final int SIDES = 2;

    private static final int PADDING = 32;

    /** The same for the tensor cores of 9.0, which take columns of 16 bytes a token. */
    private static final int WIDE_SIDES = 3;

    private static final int COLUMN_BYTES = 16;
    private static final int WIDE_WARPS = 16;
    private static final int X_WARPS = 4;
    private static final int WARP_ROWS = 16;
    private static final int SLAB_BYTES = 64;

    static SomeBlock of(int capability, DType type, int tokens) {
        if (capability != WIDE_CAPABILITY) {
            return new SomeBlock(256, SIDES * tokens * (CHUNK + PADDING) * Short.BYTES);
        }
        int column = (tokens + 1) * COLUMN_BYTES;
        int sides = WIDE_SIDES * (CHUNK / 8) * column;
        int slab = WARP_ROWS * (SLAB_BYTES + slabExtraBytes(type));
        int threads = 32 * (WIDE_WARPS + X_WARPS);
        return new SomeBlock(threads, sides + WIDE_WARPS * queueDepth(type) * slab);
    }

    /** Slabs of a row that are on their way at once. */
    private static int queueDepth(DType type) {
        return switch (type) {
            case F32, F16, BF16, F8_E4M3, Q8_0 -> 6;
            case Q4_0, Q4_K, Q5_K, Q6_K -> 4;
        };
    }

    /** Bytes of scales and upper bits that come with a slab of a row. */
    private static int slabExtraBytes(DType type) {
        return switch (type) {
            case F32, F16, BF16, F8_E4M3 -> 0;
            case Q8_0 -> 4;
            case Q4_0 -> 8;
            case Q4_K -> 16;
            case Q5_K -> 32;
            case Q6_K -> 48;
        };
    }
}
