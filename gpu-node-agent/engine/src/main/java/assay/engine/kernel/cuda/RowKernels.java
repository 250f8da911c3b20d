package assay.engine.kernel.cuda;

import assay.engine.kernel.DType;
import java.util.EnumMap;
import java.util.Map;

/**
 * What is done row by row or element by element. Every method may be captured in a graph. Confined
 * to the device's thread.
 */
public final class RowKernels {
    private static final int THREADS = 256;
    private static final int NORM_THREADS_MAX = 1_024;
    private static final String SOURCE = "rows";

    private final KernelArguments arguments = new KernelArguments();
    private final Map<DType, Kernel> embed = new EnumMap<>(DType.class);
    private final Kernel turns;
    private final Kernel norm;
    private final Kernel siluMultiply;
    private final Kernel addBias;
    private final Kernel gather;
    private final Kernel add;
    private final Kernel advance;

    public RowKernels(KernelLauncher launcher) {
        for (DType type : DType.values()) {
            embed.put(type, launcher.kernel("weights", "expand_" + type, 0));
        }
        turns = launcher.kernel(SOURCE, "rotary_turns", 0);
        norm = launcher.kernel(SOURCE, "rms_norm", 0);
        siluMultiply = launcher.kernel(SOURCE, "silu_multiply", 0);
        addBias = launcher.kernel(SOURCE, "add_bias", 0);
        gather = launcher.kernel(SOURCE, "gather_rows", 0);
        add = launcher.kernel(SOURCE, "add_rows", 0);
        advance = launcher.kernel(SOURCE, "advance", 0);
    }

    /**
     * Copies rows of an embedding, rounded to bf16.
     *
     * @param table (vocabulary, width), any type
     * @param ids (T) i32; a row whose id is outside the table becomes 0
     * @param out (T, width)
     */
    public void embed(long stream, DeviceMatrix table, long ids, DeviceRows out) {
        Checks.equal("width of out", out.width(), table.width());
        arguments
                .clear()
                .address(table.data())
                .address(table.scales())
                .integer(table.rows())
                .integer(table.width())
                .address(ids)
                .integer(0)
                .address(out.address())
                .integer(out.stride());
        Kernel kernel = Checks.present(embed, table.type());
        kernel.launch(stream, LaunchShape.of(out.count(), 1, THREADS), arguments);
    }

    /**
     * Cosines and sines of positions, once a step for all layers: (T, D) f32, D/2 cosines, then D/2
     * sines, as {@link assay.engine.kernel.Backend#rotate} takes them. Angles are f64.
     *
     * @param positions (T) i32; -1 counts as 0
     * @param frequencies (D/2) f64, in device memory
     * @param magnitude multiplies both
     * @param turnedDim D
     * @param out (T, D) f32
     */
    public void turns(
            long stream,
            long positions,
            int tokens,
            long frequencies,
            float magnitude,
            int turnedDim,
            long out) {
        arguments
                .clear()
                .address(positions)
                .address(frequencies)
                .real(magnitude)
                .integer(turnedDim / 2)
                .address(out);
        turns.launch(
                stream, LaunchShape.of(tokens, 1, Math.clamp(turnedDim / 2, 32, 256)), arguments);
    }

    /**
     * RMSNorm (arXiv 1910.07467, eq. 4) of each row: sums f32, one rounding to bf16.
     *
     * @param weight (width) f32
     * @param out as many rows of the same width; may be {@code x} itself
     */
    public void rmsNorm(long stream, DeviceRows x, long weight, float epsilon, DeviceRows out) {
        norm(stream, x, 0, 0, weight, epsilon, out);
    }

    /**
     * {@code x += delta}, rounded to bf16, then the norm of that.
     *
     * @param x the residual stream, added to
     * @param delta as many rows of the same width
     */
    public void addRmsNorm(
            long stream,
            DeviceRows x,
            DeviceRows delta,
            long weight,
            float epsilon,
            DeviceRows out) {
        Checks.equal("rows of delta", delta.count(), x.count());
        Checks.equal("width of delta", delta.width(), x.width());
        norm(stream, x, delta.address(), delta.stride(), weight, epsilon, out);
    }

    private void norm(
            long stream,
            DeviceRows x,
            long delta,
            int deltaStride,
            long weight,
            float epsilon,
            DeviceRows out) {
        Checks.equal("rows of out", out.count(), x.count());
        Checks.equal("width of out", out.width(), x.width());
        arguments
                .clear()
                .address(x.address())
                .integer(x.stride())
                .address(delta)
                .integer(deltaStride)
                .address(weight)
                .real(epsilon)
                .integer(x.width())
                .address(out.address())
                .integer(out.stride());
        int threads = Math.clamp(Math.ceilDiv(x.width(), 8 * 32) * 32L, 32, NORM_THREADS_MAX);
        norm.launch(stream, LaunchShape.of(x.count(), 1, threads), arguments);
    }

    /**
     * {@code out = gate * sigmoid(gate) * up} (SwiGLU, arXiv 2002.05202), in f32, rounded once.
     *
     * @param out may be {@code gate} or {@code up} itself
     */
    public void siluMultiply(long stream, DeviceRows gate, DeviceRows up, DeviceRows out) {
        Checks.equal("rows of up", up.count(), gate.count());
        Checks.equal("width of up", up.width(), gate.width());
        Checks.equal("rows of out", out.count(), gate.count());
        Checks.equal("width of out", out.width(), gate.width());
        arguments
                .clear()
                .address(gate.address())
                .integer(gate.stride())
                .address(up.address())
                .integer(up.stride())
                .integer(gate.width())
                .address(out.address())
                .integer(out.stride());
        siluMultiply.launch(stream, elements(gate), arguments);
    }

    /**
     * Adds one row to each row.
     *
     * @param x added to
     * @param bias (width) f32
     */
    public void addBias(long stream, DeviceRows x, long bias) {
        arguments.clear().address(x.address()).integer(x.stride()).address(bias).integer(x.width());
        addBias.launch(stream, elements(x), arguments);
    }

    /**
     * Copies rows.
     *
     * @param indices (count of out) i32, each a row of {@code x}; a negative one counts as 0
     */
    public void gatherRows(long stream, DeviceRows x, long indices, DeviceRows out) {
        Checks.equal("width of out", out.width(), x.width());
        arguments
                .clear()
                .address(x.address())
                .integer(x.stride())
                .address(indices)
                .integer(x.width())
                .address(out.address())
                .integer(out.stride());
        gather.launch(stream, elements(out), arguments);
    }

    /** {@code x += delta}. */
    public void add(long stream, DeviceRows x, DeviceRows delta) {
        Checks.equal("rows of delta", delta.count(), x.count());
        Checks.equal("width of delta", delta.width(), x.width());
        arguments
                .clear()
                .address(x.address())
                .integer(x.stride())
                .address(delta.address())
                .integer(delta.stride())
                .integer(x.width());
        add.launch(stream, elements(x), arguments);
    }

    /**
     * Moves each token that there is on by one position: what turns a captured step into the next
     * one without the host.
     *
     * @param positions (count) i32
     */
    public void advance(long stream, long positions, int count) {
        arguments.clear().address(positions).integer(count);
        advance.launch(stream, LaunchShape.of(Math.ceilDiv(count, THREADS), 1, THREADS), arguments);
    }

    /** A block for each row and 8 * THREADS columns. */
    private static LaunchShape elements(DeviceRows rows) {
        int columns = Math.ceilDiv(rows.width(), 8 * THREADS);
        return LaunchShape.of(rows.count(), columns, THREADS);
    }
}
