package assay.engine.kernel.cuda;

import assay.engine.kernel.DType;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Products of activations with weights of every type: {@code out = x * transpose(weight)}. T
 * tokens, N rows of a weight, K its width. Products of up to {@link #STREAMED_MAX} tokens read the
 * weights once, as they are stored; larger ones, and those of bf16 from {@link #FEW_MAX} on, go to
 * a library, which gets slices of other weights as bf16. Sums are f32 and the same launch gives the
 * same bits, but a token's may differ by a rounding between numbers of tokens. Every method may be
 * captured in a graph. Confined to the device's thread.
 */
public final class ProductKernels {
    /** Most tokens of a product that is made of the weights as they are stored. */
    public static final int STREAMED_MAX = 64;

    /** Most tokens of a product whose weights go from memory straight to the tensor cores. */
    public static final int FEW_MAX = 16;

    private static final int THREADS = 256;
    private static final int TILE_ROWS = 16;
    private static final int TILE_TOKENS = 8;

    /** Blocks of a product of few tokens that a multiprocessor holds at once. */
    private static final int FEW_BLOCKS = 2;

    /** Device memory for slices of a weight as bf16, and for sums of parts of a width. */
    private static final long WORKSPACE_BYTES = 160L << 20;

    private final KernelArguments arguments = new KernelArguments();
    private final WeightsAhead ahead = new WeightsAhead();
    private final Map<DType, ProductSet> sets = new EnumMap<>(DType.class);
    private final KernelLauncher launcher;
    private final WeightKernels weights;
    private final RowKernels rows;
    private final @Nullable DenseProduct dense;
    private final Workspace workspace;

    /**
     * @param dense for products of many tokens; null where there is no library: all products are
     *     made of the weights as they are stored
     * @param workspace may be shared with other launching classes of the stream
     */
    public ProductKernels(
            KernelLauncher launcher,
            WeightKernels weights,
            RowKernels rows,
            @Nullable DenseProduct dense,
            Workspace workspace) {
        Checks.within("workspace", workspace.bytes(), workspaceBytes(), Long.MAX_VALUE);
        this.launcher = launcher;
        this.weights = weights;
        this.rows = rows;
        this.dense = dense;
        this.workspace = workspace;
    }

    /** What the {@link Workspace} must hold. */
    public static long workspaceBytes() {
        return WORKSPACE_BYTES;
    }

    /** Compiles what weights of a type need, which their first product would do else. */
    public void prepare(DType type) {
        set(type);
    }

    private ProductSet set(DType type) {
        return sets.computeIfAbsent(type, missing -> new ProductSet(launcher, missing));
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
        boolean aligned = aligned(x, weight);
        if (aligned && dense != null && denseIsFaster(x, weight, out)) {
            dense(stream, x, weight, out, dense);
        } else if (!aligned) {
            plain(stream, x, 0, weight, weight.rows(), out, 0);
        } else if (x.count() <= FEW_MAX) {
            few(stream, x, 0, weight, weight.rows(), out, 0);
        } else {
            for (int first = 0; first < x.count(); first += STREAMED_MAX) {
                int count = Math.min(STREAMED_MAX, x.count() - first);
                some(stream, x.rows(first, count), weight, null, after(out, first), 0);
            }
        }
    }

    /** The library adds no bias to f32, and wants neighbours of eight. */
    private static boolean denseIsFaster(DeviceRows x, DeviceMatrix weight, ProductOutput out) {
        int few = weight.type() == DType.BF16 ? FEW_MAX : STREAMED_MAX;
        boolean biased = out.kind() == ProductOutput.Kind.F32 && out.bias() != 0;
        return x.count() > few && !biased && weight.rows() % 8 == 0 && out.stride() % 8 == 0;
    }

    private static boolean aligned(DeviceRows x, DeviceMatrix weight) {
        return weight.type() != DType.F32
                && x.width() % 8 == 0
                && x.stride() % 8 == 0
                && x.address() % 16 == 0;
    }

    private static ProductOutput after(ProductOutput out, int tokens) {
        int bytes = out.kind() == ProductOutput.Kind.F32 ? Float.BYTES : Short.BYTES;
        long address = out.address() + (long) tokens * out.stride() * bytes;
        return new ProductOutput(address, out.stride(), out.kind(), out.bias());
    }

    /**
     * {@code out = silu(x * transpose(gate) + gateBias) * (x * transpose(up) + upBias)}, rounded to
     * bf16 once for few tokens, thrice for many.
     *
     * @param gate (N, K)
     * @param up (N, K)
     * @param gateBias (N) f32; 0 for none
     * @param upBias (N) f32; 0 for none
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
        Checks.equal("width of x", x.width(), gate.width());
        Checks.equal("width of up", up.width(), gate.width());
        Checks.equal("rows of up", up.rows(), gate.rows());
        ProductOutput gated = ProductOutput.into(out).withBias(gateBias);
        boolean together = aligned(x, gate) && gate.type() == up.type();
        boolean byLibrary = dense != null && denseIsFaster(x, gate, gated);
        if (together && !byLibrary && x.count() <= FEW_MAX) {
            fewGated(stream, x, gate, up, gated, upBias);
        } else if (together && !byLibrary && x.count() <= STREAMED_MAX) {
            some(stream, x, gate, up, gated, upBias);
        } else {
            product(stream, x, gate, ProductOutput.into(scratch).withBias(gateBias));
            product(stream, x, up, ProductOutput.into(out).withBias(upBias));
            rows.siluMultiply(stream, scratch, out, out);
        }
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
        Checks.multiple("rows of weight", weight.rows(), heads);
        int headRows = weight.rows() / heads;
        var headOf = new DeviceRows(x.address(), x.count(), weight.width(), x.stride());
        boolean fast = aligned(headOf, weight) && xHeadStride % 8 == 0 && headRows % TILE_ROWS == 0;
        for (int first = 0; first < x.count(); first += fast ? FEW_MAX : x.count()) {
            int count = fast ? Math.min(FEW_MAX, x.count() - first) : x.count();
            DeviceRows some = headOf.rows(first, count);
            ProductOutput to = after(ProductOutput.into(out), first);
            if (fast) {
                few(stream, some, xHeadStride, weight, headRows, to, outHeadStride);
            } else {
                plain(stream, some, xHeadStride, weight, headRows, to, outHeadStride);
            }
        }
    }

    /** Writes the kernels' {@code Shape}, which is 64 bytes long. */
    static KernelArguments shape(
            KernelArguments arguments,
            DeviceRows x,
            int xHeadStride,
            int rows,
            int headRows,
            ProductOutput out,
            int outHeadStride) {
        return arguments
                .clear()
                .address(x.address())
                .integer(x.count())
                .integer(x.stride())
                .integer(xHeadStride)
                .integer(rows)
                .integer(x.width())
                .integer(headRows)
                .address(out.address())
                .integer(out.stride())
                .integer(outHeadStride)
                .integer(Codes.of(out.kind()))
                .address(out.bias());
    }

    private void plain(
            long stream,
            DeviceRows x,
            int xHeadStride,
            DeviceMatrix weight,
            int headRows,
            ProductOutput out,
            int outHeadStride) {
        shape(arguments, x, xHeadStride, weight.rows(), headRows, out, outHeadStride)
                .address(weight.data())
                .address(weight.scales());
        int blocks = Math.ceilDiv(weight.rows(), THREADS / 32);
        set(weight.type())
                .plain()
                .launch(stream, LaunchShape.of(blocks, x.count(), THREADS), arguments);
    }

    private void few(
            long stream,
            DeviceRows x,
            int xHeadStride,
            DeviceMatrix weight,
            int headRows,
            ProductOutput out,
            int outHeadStride) {
        shape(arguments, x, xHeadStride, weight.rows(), headRows, out, outHeadStride)
                .address(weight.data())
                .address(weight.scales());
        ahead.write(arguments, weight, null);
        set(weight.type())
                .few(x.count() <= TILE_TOKENS)
                .launch(stream, fewShape(weight.rows()), arguments);
    }

    private void fewGated(
            long stream,
            DeviceRows x,
            DeviceMatrix gate,
            DeviceMatrix up,
            ProductOutput out,
            long upBias) {
        shape(arguments, x, 0, gate.rows(), gate.rows(), out, 0)
                .address(gate.data())
                .address(gate.scales())
                .address(up.data())
                .address(up.scales())
                .address(upBias);
        ahead.write(arguments, gate, up);
        set(gate.type())
                .gated(x.count() <= TILE_TOKENS)
                .launch(stream, fewShape(gate.rows()), arguments);
    }

    private LaunchShape fewShape(int rows) {
        int tiles = Math.ceilDiv(rows, TILE_ROWS);
        int blocks = Math.min(tiles, FEW_BLOCKS * launcher.multiprocessors());
        return LaunchShape.of(blocks, 1, THREADS);
    }

    /** Of one matrix, or of two that gate each other, for up to 64 tokens. */
    private void some(
            long stream,
            DeviceRows x,
            DeviceMatrix weight,
            @Nullable DeviceMatrix up,
            ProductOutput out,
            long upBias) {
        ProductSet set = set(weight.type());
        int matrices = up == null ? 1 : 2;
        long partBytes = (long) matrices * x.count() * weight.rows() * Float.BYTES;
        int most = Math.clamp(workspace.bytes() / partBytes, 1, 64);
        ProductParts parts = ProductParts.of(weight, matrices, most, launcher.multiprocessors());
        boolean half = x.count() <= STREAMED_MAX / 2;
        SomeBlock block = ProductSet.some(launcher, weight.type(), half);
        shape(arguments, x, 0, weight.rows(), weight.rows(), out, 0)
                .address(weight.data())
                .address(weight.scales())
                .address(up == null ? 0 : up.data())
                .address(up == null ? 0 : up.scales())
                .integer(parts.slabs())
                .address(workspace.address());
        ahead.write(arguments, weight, up);
        var blocks =
                new LaunchShape(
                        parts.rowBlocks(),
                        parts.count(),
                        matrices,
                        block.threads(),
                        block.sharedBytes(),
                        true);
        set.some(half).launch(stream, blocks, arguments);
        shape(arguments, x, 0, weight.rows(), weight.rows(), out, 0)
                .integer(parts.count())
                .address(workspace.address());
        if (up != null) {
            arguments.address(upBias);
        }
        int columns = Math.ceilDiv(weight.rows(), THREADS);
        set.finish(up != null)
                .launch(stream, LaunchShape.of(columns, x.count(), THREADS), arguments);
    }

    /** By the library, in slices of rows where the weight is not bf16. */
    private void dense(
            long stream,
            DeviceRows x,
            DeviceMatrix weight,
            ProductOutput out,
            DenseProduct library) {
        if (weight.type() == DType.BF16) {
            library.multiply(
                    stream,
                    x,
                    weight.data(),
                    weight.rows(),
                    out.address(),
                    out.stride(),
                    out.kind());
        } else {
            int elementBytes = out.kind() == ProductOutput.Kind.F32 ? Float.BYTES : Short.BYTES;
            long fit = workspace.bytes() / (2L * weight.width()) / DeviceMatrix.RUN;
            int slice = (int) Math.min(weight.rows(), fit * DeviceMatrix.RUN);
            for (int first = 0; first < weight.rows(); first += slice) {
                int count = Math.min(slice, weight.rows() - first);
                DeviceRows expanded = DeviceRows.dense(workspace.address(), count, weight.width());
                weights.expand(stream, weight, first, expanded);
                library.multiply(
                        stream,
                        x,
                        expanded.address(),
                        count,
                        out.address() + (long) first * elementBytes,
                        out.stride(),
                        out.kind());
            }
        }
        if (out.bias() != 0) {
            var written = new DeviceRows(out.address(), x.count(), weight.rows(), out.stride());
            rows.addBias(stream, written, out.bias());
        }
    }
}
