package assay.engine.kernel.cuda;

import assay.engine.kernel.DType;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Products of activations with weights of every type: {@code out = x * transpose(weight)}. T
 * tokens, N rows of a weight, K its width. Products for up to {@link #STREAMED_MAX} tokens read the
 * weights once, as they are stored; larger ones turn slices of the weights into bf16 and leave the
 * rest to a library. Every method may be captured in a graph. Confined to the device's thread.
 */
public final class ProductKernels {
    /** Most tokens of a product that is made of the weights as they are stored. */
    public static final int STREAMED_MAX = 64;

    private static final String SOURCE = "products";
    private static final int THREADS = 256;

    /** Bytes of bf16 that slices of a weight are turned into at once. */
    private static final long SLICE_BYTES = 128L << 20;

    private final KernelArguments arguments = new KernelArguments();
    private final Map<DType, Kernel> plain = new EnumMap<>(DType.class);
    private final Workspace workspace;

    /**
     * @param dense for products of more tokens; null where there is no library: all products are
     *     made of the weights as they are stored
     */
    public ProductKernels(
            KernelLauncher launcher,
            WeightKernels weights,
            RowKernels rows,
            @Nullable DenseProduct dense,
            Workspace workspace) {
        for (DType type : DType.values()) {
            plain.put(type, launcher.kernel(SOURCE, "product_plain_" + type, 0));
        }
        this.workspace = workspace;
    }

    /** What the {@link Workspace} must hold. */
    public static long workspaceBytes() {
        return 2 * SLICE_BYTES;
    }

    /**
     * {@code out = x * transpose(weight) + bias}, or added to what is there. Sums f32.
     *
     * @param x (T, K)
     * @param weight (N, K), any type
     * @param out (T, N); does not overlap {@code x}
     */
    public void product(long stream, DeviceRows x, DeviceMatrix weight, ProductOutput out) {
        Checks.equal("width of x", x.width(), weight.width());
        plain(stream, x, 0, weight, 1, out, 0);
    }

    /**
     * {@code out = silu(x * transpose(gate) + gateBias) * (x * transpose(up) + upBias)}, rounded to
     * bf16 once for few tokens, thrice for many.
     *
     * @param gate (N, K)
     * @param up (N, K)
     * @param gateBias (N) f32; 0 for none, for both
     * @param upBias (N) f32
     * @param scratch (T, N), written; not {@code out}
     * @param out (T, N)
     */
    public void gatedProduct(
            long stream,
            DeviceRows x,
            DeviceMatrix gate,
            DeviceMatrix up,
            long gateBias,
            long upBias,
            DeviceRows scratch,
            DeviceRows out) {
        product(stream, x, gate, ProductOutput.into(scratch).withBias(gateBias));
        product(stream, x, up, ProductOutput.into(out).withBias(upBias));
        Checks.equal("workspace", workspace.bytes() >= workspaceBytes() ? 1 : 0, 1);
    }

    /**
     * {@code out_h = x_h * transpose(weight_h)}: a matrix of its own for each head.
     *
     * @param x (T, ...) of which A elements of each head are read
     * @param xHeadStride elements from one head of {@code x} to the next, at least A
     * @param weight (heads * B, A), any type: the rows of head 0, then of head 1, ...
     * @param out (T, ...) of which B elements of each head are written
     * @param outHeadStride elements from one head of {@code out} to the next, at least B
     */
    public void projectHeads(
            long stream,
            DeviceRows x,
            int xHeadStride,
            DeviceMatrix weight,
            int heads,
            DeviceRows out,
            int outHeadStride) {
        plain(stream, x, xHeadStride, weight, heads, ProductOutput.into(out), outHeadStride);
    }

    private void plain(
            long stream,
            DeviceRows x,
            int xHeadStride,
            DeviceMatrix weight,
            int heads,
            ProductOutput out,
            int outHeadStride) {
        arguments
                .clear()
                .address(x.address())
                .integer(x.count())
                .integer(x.stride())
                .integer(xHeadStride)
                .address(weight.data())
                .address(weight.scales())
                .integer(weight.rows())
                .integer(weight.width())
                .integer(heads)
                .address(out.address())
                .integer(out.stride())
                .integer(outHeadStride)
                .integer(out.kind().ordinal())
                .address(out.bias());
        Checks.present(plain, weight.type())
                .launch(
                        stream,
                        LaunchShape.of(Math.ceilDiv(weight.rows(), THREADS / 32), x.count(), THREADS),
                        arguments);
    }
}
