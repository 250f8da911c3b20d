package assay.engine.kernel.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * The tokens of a step. The arrays lie in device memory and are read when a kernel runs: a captured
 * graph takes the next step's values without being changed, as long as {@code count} holds.
 *
 * @param count T of them; in a captured graph the size of its bucket
 * @param positions (T) i32; -1 for a row that stands for no token, which fills up a bucket: nothing
 *     is stored for it, and what it yields is finite and unspecified
 * @param sequences (T) i32: which row of {@code tables} is the token's
 * @param tables (sequences, tableWidth) i32: block of each 16 positions
 * @param tableWidth elements of a row of {@code tables}
 */
public record DeviceTokens(int count, long positions, long sequences, long tables, int tableWidth) {
    public DeviceTokens {
        if (count < 1 || positions == 0 || sequences == 0 || tables == 0 || tableWidth < 1) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "tokens: %d, tables %d wide (expected: at least 1, with addresses)"
                            .formatted(count, tableWidth));
        }
    }

    /** Some of the tokens. */
    public DeviceTokens slice(int first, int size) {
        return new DeviceTokens(
                size,
                positions + (long) first * Integer.BYTES,
                sequences + (long) first * Integer.BYTES,
                tables,
                tableWidth);
    }
}
