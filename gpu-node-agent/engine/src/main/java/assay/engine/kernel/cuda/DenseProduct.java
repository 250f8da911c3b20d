package assay.engine.kernel.cuda;

/**
 * A product of large bf16 matrices by a library ({@code cublasLtMatmul}), sums in f32: the only
 * thing that the launching classes need of it.
 */
public interface DenseProduct {
    /**
     * {@code out = x * transpose(weight)}, or {@code out += ...}.
     *
     * @param x (T, K) bf16
     * @param weight address of (N, K) bf16, dense
     * @param rows N
     * @param out address of (T, N), bf16 or f32
     * @param outStride elements from one row of {@code out} to the next
     * @param kind how the result is written
     */
    void multiply(
            long stream,
            DeviceRows x,
            long weight,
            int rows,
            long out,
            int outStride,
            ProductOutput.Kind kind);
}
