package assay.engine.kernel.cuda.driver;

/** How many threads a kernel runs with: blocks of the grid, threads of a block. Immutable. */
public record Launch(int gridX, int gridY, int gridZ, int blockX, int blockY, int blockZ) {
    private static final int THREADS_MAX = 1024;

    /** Refuses what no device takes. */
    public Launch {
        if (Math.min(Math.min(gridX, gridY), gridZ) < 1
                || Math.min(Math.min(blockX, blockY), blockZ) < 1
                || (long) blockX * blockY * blockZ > THREADS_MAX) {
            throw new IllegalArgumentException(
                    "launch: %d x %d x %d blocks of %d x %d x %d (expected: at least 1, at most %d threads)"
                            .formatted(gridX, gridY, gridZ, blockX, blockY, blockZ, THREADS_MAX));
        }
    }

    /** A row of blocks. */
    public static Launch of(int blocks, int threads) {
        return new Launch(blocks, 1, 1, threads, 1, 1);
    }

    /** A plane of blocks. */
    public static Launch of(int blocksX, int blocksY, int threads) {
        return new Launch(blocksX, blocksY, 1, threads, 1, 1);
    }

    /** A cuboid of blocks. */
    public static Launch of(int blocksX, int blocksY, int blocksZ, int threads) {
        return new Launch(blocksX, blocksY, blocksZ, threads, 1, 1);
    }
}
