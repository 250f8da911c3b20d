package assay.engine.kernel.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * Activations: (count, width) bf16 in device memory, rows {@code stride} elements apart. A view.
 *
 * @param address a multiple of 16
 * @param count of rows
 * @param width elements of a row that are meant
 * @param stride elements from one row to the next, a multiple of 8 for the fast paths
 */
public record DeviceRows(long address, int count, int width, int stride) {
    public DeviceRows {
        if (address == 0 || count < 1 || width < 1 || stride < width) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "rows: %d of %d, %d apart (expected: at least 1 of 1, not overlapping)"
                            .formatted(count, width, stride));
        }
    }

    /** Without room between the rows. */
    public static DeviceRows dense(long address, int count, int width) {
        return new DeviceRows(address, count, width, width);
    }

    /** Some columns of all rows. */
    public DeviceRows columns(int first, int size) {
        return new DeviceRows(address + 2L * first, count, size, stride);
    }

    /** Some of the rows. */
    public DeviceRows rows(int first, int size) {
        return new DeviceRows(address + 2L * first * stride, size, width, stride);
    }
}
