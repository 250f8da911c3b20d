package assay.engine.kernel.cuda;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * Where a product goes: (T, N), rows {@code stride} elements apart.
 *
 * @param address of the first element
 * @param stride elements from one row to the next
 * @param kind element type, and whether it is added to
 * @param bias address of (N) f32 that each row gets too; 0 for none
 */
public record ProductOutput(long address, int stride, Kind kind, long bias) {
    /** What becomes of a sum, which is f32. */
    public enum Kind {
        /** Rounded to bf16. */
        BF16,
        /** Kept. */
        F32,
        /** Added, as f32, to the bf16 that is there, then rounded: the residual stream. */
        ADD_BF16
    }

    public ProductOutput {
        if (address == 0 || stride < 1) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "output: stride %d (expected: at least 1, with an address)".formatted(stride));
        }
    }

    public static ProductOutput into(DeviceRows rows) {
        return new ProductOutput(rows.address(), rows.stride(), Kind.BF16, 0);
    }

    public static ProductOutput addedTo(DeviceRows rows) {
        return new ProductOutput(rows.address(), rows.stride(), Kind.ADD_BF16, 0);
    }

    /** f32, dense, (T, width). */
    public static ProductOutput floats(long address, int width) {
        return new ProductOutput(address, width, Kind.F32, 0);
    }

    public ProductOutput withBias(long address) {
        return new ProductOutput(this.address, stride, kind, address);
    }
}
