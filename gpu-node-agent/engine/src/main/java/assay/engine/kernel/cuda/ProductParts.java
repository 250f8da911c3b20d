package assay.engine.kernel.cuda;

/**
 * How a product of some tokens is cut into blocks. Goal: the least time, as multiprocessors take
 * blocks in waves and each part of the width costs a pass over its sums. Constraint: sums of all
 * parts fit the workspace.
 *
 * @param rowBlocks blocks of 256 rows
 * @param count parts of the width
 * @param slabs of a part, of 64 bytes a row
 */
record ProductParts(int rowBlocks, int count, int slabs) {
    private static final int BLOCK_ROWS = 256;

    /**
     * Elements of the width: what x takes at once, and what beginning and ending cost as much as.
     */
    private static final int CHUNK = 256;

    private static final int OVERHEAD = 192;
    private static final int PASS = 24;

    static ProductParts of(DeviceMatrix weight, int matrices, int most, int multiprocessors) {
        int slabElements =
                switch (weight.type()) {
                    case F32, F16, BF16 -> 32;
                    case F8_E4M3, Q8_0 -> 64;
                    case Q4_0, Q4_K, Q5_K, Q6_K -> 128;
                };
        int rowBlocks = Math.ceilDiv(weight.rows(), BLOCK_ROWS);
        int chunks = Math.ceilDiv(weight.width(), CHUNK);
        long least = Long.MAX_VALUE;
        int best = 1;
        for (int parts = 1; parts <= Math.min(most, chunks); parts++) {
            int each = Math.ceilDiv(chunks, parts);
            int used = Math.ceilDiv(chunks, each);
            int waves = Math.ceilDiv(rowBlocks * matrices * used, multiprocessors);
            long cost = (long) waves * (each * CHUNK + OVERHEAD) + (long) used * PASS;
            if (cost < least) {
                least = cost;
                best = used;
            }
        }
        int each = Math.ceilDiv(chunks, best);
        return new ProductParts(rowBlocks, Math.ceilDiv(chunks, each), each * CHUNK / slabElements);
    }
}
