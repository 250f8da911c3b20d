package assay.engine.kernel.cuda;

import assay.engine.kernel.DType;
import java.util.EnumMap;
import java.util.Map;

/**
 * Brings weights into the order of {@link DeviceMatrix}, and out of it. Confined to the device's
 * thread.
 */
public final class WeightKernels {
    private static final int THREADS = 256;

    private final KernelArguments arguments = new KernelArguments();
    private final Map<DType, Kernel> pack = new EnumMap<>(DType.class);
    private final Map<DType, Kernel> expand = new EnumMap<>(DType.class);
    private final Kernel toBf16;
    private final Kernel toFloat;
    private final Kernel fill;

    public WeightKernels(KernelLauncher launcher) {
        for (DType type : DType.values()) {
            expand.put(type, launcher.kernel("weights", "expand_" + type, 0));
            if (!DeviceMatrix.plain(type)) {
                pack.put(type, launcher.kernel("weights", "pack_" + type, 0));
            }
        }
        toBf16 = launcher.kernel("weights", "floats_to_bf16", 0);
        toFloat = launcher.kernel("weights", "to_floats", 0);
        fill = launcher.kernel("weights", "fill_random", 0);
    }

    /**
     * Packs rows as they are stored in a file. For plain types copy the bytes instead. The scales
     * of F8_E4M3 are copied too; this moves its elements alone.
     *
     * @param stored address of the rows of {@code to}, as {@link DType} says, dense, in device
     *     memory; may be given back once the stream has come past
     * @param to where they go: a slice of a matrix for a part of it
     */
    public void pack(long stream, long stored, DeviceMatrix to) {
        Checks.multiple("width", to.width(), to.type().blockElements());
        arguments
                .clear()
                .address(stored)
                .integer(to.rows())
                .integer(to.width())
                .address(to.data())
                .address(to.scales());
        int groups = DeviceMatrix.paddedWidth(to.type(), to.width()) / DeviceMatrix.GROUP;
        Kernel kernel = Checks.present(pack, to.type());
        kernel.launch(
                stream,
                LaunchShape.of(to.rows(), Math.ceilDiv(groups, THREADS), THREADS),
                arguments);
    }

    /**
     * Turns rows into bf16: for products by a library.
     *
     * @param first row of {@code from}; any, but see {@link DeviceMatrix#slice} for F8_E4M3
     * @param out as many rows as wanted, as wide
     */
    public void expand(long stream, DeviceMatrix from, int first, DeviceRows out) {
        Checks.within("last row", first + (long) out.count(), 1, from.rows());
        Checks.equal("width of out", out.width(), from.width());
        arguments
                .clear()
                .address(from.data())
                .address(from.scales())
                .integer(from.rows())
                .integer(from.width())
                .address(0)
                .integer(first)
                .address(out.address())
                .integer(out.stride());
        Kernel kernel = Checks.present(expand, from.type());
        kernel.launch(stream, LaunchShape.of(out.count(), 1, THREADS), arguments);
    }

    /** Rounds {@code count} f32 to bf16. */
    public void toBf16(long stream, long floats, long count, long out) {
        arguments.clear().address(floats).address(count).address(out);
        toBf16.launch(stream, blocks(count), arguments);
    }

    /**
     * Widens norms and biases, which the kernels take as f32.
     *
     * @param from (count) of a plain type
     */
    public void toFloats(long stream, DType type, long from, long count, long out) {
        arguments.clear().integer(Codes.of(type)).address(from).address(count).address(out);
        toFloat.launch(stream, blocks(count), arguments);
    }

    /**
     * Fills a matrix with random values, as a model has them: a hash of seed and place, so that any
     * device makes the same. Uniform, mean near 0.
     *
     * @param spread largest magnitude
     */
    public void fillRandom(long stream, DeviceMatrix matrix, int seed, float spread) {
        long bytes = DeviceMatrix.dataBytes(matrix.type(), matrix.rows(), matrix.width());
        long scales = DeviceMatrix.scaleBytes(matrix.type(), matrix.rows(), matrix.width());
        arguments
                .clear()
                .integer(Codes.of(matrix.type()))
                .address(matrix.data())
                .address(bytes)
                .address(matrix.scales())
                .address(scales)
                .integer(seed)
                .real(spread);
        fill.launch(stream, LaunchShape.of(2_048, 1, THREADS), arguments);
    }

    private static LaunchShape blocks(long count) {
        return LaunchShape.of(Math.clamp(Math.ceilDiv(count, THREADS), 1, 65_535), 1, THREADS);
    }
}
