package assay.engine.kernel.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * How many threads run a kernel. Immutable.
 *
 * @param x blocks along x, up to 2^31 - 1
 * @param y blocks along y, up to 65,535
 * @param z blocks along z, up to 65,535
 * @param threads of a block, 1..1,024
 * @param sharedBytes dynamic shared memory of a block
 * @param early the kernel waits for the one before it itself ({@code griddepcontrol.wait}), so that
 *     it may be launched with programmatic stream serialisation where the device is 9.0 or newer;
 *     an ordinary launch is right too
 */
public record LaunchShape(int x, int y, int z, int threads, int sharedBytes, boolean early) {
    private static final int GRID_MAX = 65_535;
    private static final int THREADS_MAX = 1_024;

    public LaunchShape {
        if (x < 1 || y < 1 || z < 1 || y > GRID_MAX || z > GRID_MAX) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "grid: %d x %d x %d (expected: at least 1, y and z at most %d)"
                            .formatted(x, y, z, GRID_MAX));
        }
        if (threads < 1 || threads > THREADS_MAX || sharedBytes < 0) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "block: %d threads, %d bytes (expected: 1..%d, at least 0)"
                            .formatted(threads, sharedBytes, THREADS_MAX));
        }
    }

    /** Blocks along x and y, without dynamic shared memory. */
    static LaunchShape of(int x, int y, int threads) {
        return new LaunchShape(x, y, 1, threads, 0, true);
    }
}
