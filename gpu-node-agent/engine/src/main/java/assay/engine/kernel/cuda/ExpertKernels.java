package assay.engine.kernel.cuda;

import assay.engine.kernel.DType;
import java.util.EnumMap;
import java.util.Map;

/**
 * A mixture of experts without the host: choice, grouping, products, sum. T tokens, E experts, P of
 * them for each token. The order of a layer is {@link ProductKernels#product} with the router into
 * f32 logits, {@link #route}, {@link #group}, {@link #gatedProducts}, {@link #products}, {@link
 * #combine}; an expert that all tokens share is an ordinary product besides. Every method may be
 * captured in a graph. Confined to the device's thread.
 */
public final class ExpertKernels {
    private static final int THREADS = 256;
    private static final int TILE_ROWS = 16;
    private static final int EXPERTS_MAX = 512;

    private final KernelArguments arguments = new KernelArguments();
    private final KernelLauncher launcher;
    private final Map<DType, Kernel> gated = new EnumMap<>(DType.class);
    private final Map<DType, Kernel> products = new EnumMap<>(DType.class);
    private final Kernel route;
    private final Kernel group;
    private final Kernel combine;

    public ExpertKernels(KernelLauncher launcher) {
        this.launcher = launcher;
        route = launcher.kernel("experts", "route", 0);
        group = launcher.kernel("experts", "group_pairs", 0);
        combine = launcher.kernel("experts", "combine", 0);
    }

    /** How experts are chosen, as {@code assay.engine.model.FeedForwardSpec.Router} says it. */
    public sealed interface Rule {
        /** Of the softmax over all experts the largest, of equal ones the lower. */
        record Softmax(boolean normalised) implements Rule {}

        /**
         * By sigmoid plus bias, of the best groups by their two best; weighed without the bias.
         *
         * @param bias address of (E) f32
         */
        record GroupedSigmoid(
                int groups, int groupsKept, boolean normalised, float scale, long bias)
                implements Rule {}
    }

    /**
     * Which token goes to which expert, in device memory.
     *
     * @param tokens T
     * @param experts E, at most 512
     * @param perToken P, at most 16
     * @param chosen (T, P) i32: experts of each token, best first
     * @param weights (T, P) f32
     * @param ends (E + 1) i32: 0, then for each expert the end of its pairs among all, which stand
     *     expert after expert, tokens ascending
     * @param pairs (T * P) i32: t * P + p of each pair in that order
     * @param places (T * P) i32: where pair t * P + p stands in that order
     */
    public record Visits(
            int tokens,
            int experts,
            int perToken,
            long chosen,
            long weights,
            long ends,
            long pairs,
            long places) {
        /** Device memory for all five arrays of so many tokens. */
        public static long bytes(int tokens, int experts, int perToken) {
            return 4 * 256L + 4L * (4L * tokens * perToken + experts + 1);
        }

        /** The arrays one after the other, from a multiple of 256 on. */
        public static Visits at(long address, int tokens, int experts, int perToken) {
            long pairs = 4L * tokens * perToken;
            long weights = next(address + pairs);
            long ends = next(weights + pairs);
            long order = next(ends + 4L * (experts + 1));
            long places = next(order + pairs);
            return new Visits(tokens, experts, perToken, address, weights, ends, order, places);
        }

        private static long next(long address) {
            return (address + 255) / 256 * 256;
        }
    }

    /** As the other one, for rows that all stand for a token. */
    public void route(long stream, long logits, Rule rule, Visits visits) {
        route(stream, logits, 0, rule, visits);
    }

    /**
     * Chooses the experts of each token: writes {@code chosen} and {@code weights}.
     *
     * @param logits (T, E) f32
     * @param positions (T) i32: a row at -1 goes to no expert; 0 for none such
     */
    public void route(long stream, long logits, long positions, Rule rule, Visits visits) {
        Checks.within("experts", visits.experts(), visits.perToken(), EXPERTS_MAX);
        arguments
                .clear()
                .address(logits)
                .address(positions)
                .integer(visits.experts())
                .integer(visits.perToken());
        switch (rule) {
            case Rule.Softmax(boolean normalised) ->
                    arguments
                            .integer(0)
                            .integer(1)
                            .integer(1)
                            .integer(normalised ? 1 : 0)
                            .real(1)
                            .address(0);
            case Rule.GroupedSigmoid sigmoid -> {
                Checks.within("groups", sigmoid.groups(), 1, 32);
                Checks.multiple("experts", visits.experts(), sigmoid.groups());
                arguments
                        .integer(1)
                        .integer(sigmoid.groups())
                        .integer(sigmoid.groupsKept())
                        .integer(sigmoid.normalised() ? 1 : 0)
                        .real(sigmoid.scale())
                        .address(sigmoid.bias());
            }
        }
        arguments.address(visits.chosen()).address(visits.weights());
        route.launch(stream, LaunchShape.of(visits.tokens(), 1, 32), arguments);
    }

    /** Orders the pairs by expert: writes {@code ends}, {@code pairs} and {@code places}. */
    public void group(long stream, Visits visits) {
        arguments
                .clear()
                .address(visits.chosen())
                .integer(visits.tokens() * visits.perToken())
                .address(visits.ends())
                .address(visits.pairs())
                .address(visits.places());
        group.launch(stream, LaunchShape.of(visits.experts(), 1, THREADS), arguments);
    }

    /**
     * {@code silu(x * transpose(gate_e)) * (x * transpose(up_e))} of each pair.
     *
     * @param x (T, K)
     * @param gate (E * N, K): the rows of expert 0, then of expert 1, ...
     * @param up (E * N, K), of the same type
     * @param out (T * P, N), in the order of {@code pairs}
     */
    public void gatedProducts(
            long stream,
            DeviceRows x,
            Visits visits,
            DeviceMatrix gate,
            DeviceMatrix up,
            DeviceRows out) {
        Checks.equal("rows of up", up.rows(), gate.rows());
        Checks.equal("type of up", Codes.of(up.type()), Codes.of(gate.type()));
        shape(x, visits, gate, ProductOutput.into(out))
                .address(up.data())
                .address(up.scales())
                .address(visits.ends())
                .address(visits.pairs())
                .integer(visits.perToken());
        launch(stream, gated, "gated_experts_", visits, gate);
    }

    /** Begins the arguments of a product with each expert's part of a weight. */
    private KernelArguments shape(
            DeviceRows x, Visits visits, DeviceMatrix weight, ProductOutput out) {
        Checks.equal("width of x", x.width(), weight.width());
        Checks.multiple("width of x", x.width(), 8);
        Checks.multiple("stride of x", x.stride(), 8);
        Checks.multiple("rows of weight", weight.rows(), visits.experts());
        int rows = weight.rows() / visits.experts();
        return ProductKernels.shape(arguments, x, 0, rows, rows, out, 0)
                .address(weight.data())
                .address(weight.scales());
    }

    private void launch(
            long stream,
            Map<DType, Kernel> kernels,
            String name,
            Visits visits,
            DeviceMatrix weight) {
        DType type = weight.type();
        Kernel kernel =
                kernels.computeIfAbsent(
                        type,
                        missing -> launcher.kernel(ProductSet.source(missing), name + missing, 0));
        int tiles = Math.ceilDiv(weight.rows() / visits.experts(), TILE_ROWS);
        kernel.launch(stream, LaunchShape.of(tiles, visits.experts(), THREADS), arguments);
    }

    /**
     * {@code x * transpose(weight_e)} of each pair.
     *
     * @param x (T * P, K), in the order of {@code pairs}
     * @param weight (E * N, K)
     * @param out (T * P, N) f32, in the order of {@code pairs}
     */
    public void products(long stream, DeviceRows x, Visits visits, DeviceMatrix weight, long out) {
        int rows = weight.rows() / visits.experts();
        shape(x, visits, weight, ProductOutput.floats(out, rows))
                .address(visits.ends())
                .address(0)
                .integer(visits.perToken());
        launch(stream, products, "product_experts_", visits, weight);
    }

    /**
     * Adds each token's weighed outcomes to the residual stream, from the first of {@code chosen}
     * on; summed in f32, rounded once.
     *
     * @param outcomes (T * P, N) f32 of {@link #products}
     * @param hidden (T, N), added to
     */
    public void combine(long stream, long outcomes, Visits visits, DeviceRows hidden) {
        Checks.equal("rows of hidden", hidden.count(), visits.tokens());
        arguments
                .clear()
                .address(outcomes)
                .address(visits.weights())
                .address(visits.places())
                .integer(visits.perToken())
                .integer(hidden.width())
                .address(hidden.address())
                .integer(hidden.stride());
        int columns = Math.ceilDiv(hidden.width(), THREADS);
        combine.launch(stream, LaunchShape.of(hidden.count(), columns, THREADS), arguments);
    }
}
