package assay.engine.kernel.cuda;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a product brings into the device's cache when it has read its own weights: the beginning of
 * those that come next, so that memory is busy while short kernels run between two products. Steps
 * multiply by the same weights in the same order, so what comes next is what came next the last
 * time; a wrong guess costs time alone. Confined to the device's thread.
 */
final class WeightsAhead {
    /** What fits the cache beside what else goes through it. */
    private static final long BYTES_MAX = 8L << 20;

    private static final int RANGES = 4;

    private final Map<Long, Weights> followers = new HashMap<>();
    private @Nullable Weights before;

    /** The weights of a product: one matrix, or two of the same size. */
    private record Weights(DeviceMatrix first, @Nullable DeviceMatrix second) {
        long bytes() {
            long data = DeviceMatrix.dataBytes(first.type(), first.rows(), first.width());
            long scales = DeviceMatrix.scaleBytes(first.type(), first.rows(), first.width());
            return (data + scales) * (second == null ? 1 : 2);
        }
    }

    /**
     * Writes a kernel's {@code Ahead} for a product by these weights, and notes that they come
     * after those of the product before.
     */
    void write(KernelArguments arguments, DeviceMatrix weight, @Nullable DeviceMatrix up) {
        var now = new Weights(weight, up);
        if (before != null) {
            followers.put(before.first().data(), now);
        }
        before = now;
        int written = 0;
        long left = BYTES_MAX;
        Weights next = followers.get(weight.data());
        while (next != null && left > 0 && written + ranges(next) <= RANGES) {
            long part = Math.min(left, next.bytes());
            write(arguments, next.first(), part, next);
            if (next.second() != null) {
                write(arguments, next.second(), part, next);
            }
            written += ranges(next);
            left -= part;
            next = followers.get(next.first().data());
        }
        for (; written < RANGES; written++) {
            arguments.address(0).address(0);
        }
    }

    private static int ranges(Weights weights) {
        return weights.second() == null ? 2 : 4;
    }

    /** The same part of elements and of scales. */
    private static void write(
            KernelArguments arguments, DeviceMatrix matrix, long part, Weights all) {
        double share = (double) part / all.bytes();
        long data = DeviceMatrix.dataBytes(matrix.type(), matrix.rows(), matrix.width());
        long scales = DeviceMatrix.scaleBytes(matrix.type(), matrix.rows(), matrix.width());
        arguments.address(matrix.data()).address((long) (share * data));
        arguments.address(matrix.scales()).address((long) (share * scales));
    }
}
