package assay.engine.kernel.cuda;

/**
 * A mixture of experts without the host: choice, grouping, products, sum. T tokens, E experts, P of
 * them for each token. The order of a layer is {@link ProductKernels#product} with the router into
 * f32 logits, {@link #route}, {@link #group}, {@link #gatedProducts}, {@link #products}, {@link
 * #combine}; an expert that all tokens share is an ordinary product besides. Every method may be
 * captured in a graph. Confined to the device's thread.
 */
public final class ExpertKernels {
    private final KernelArguments arguments = new KernelArguments();
    private final Kernel route;

    public ExpertKernels(KernelLauncher launcher) {
        route = launcher.kernel("experts", "route", 0);
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

    /**
     * Chooses the experts of each token: writes {@code chosen} and {@code weights}.
     *
     * @param logits (T, E) f32
     */
    public void route(long stream, long logits, Rule rule, Visits visits) {
        arguments.clear().address(logits);
        route.launch(stream, LaunchShape.of(visits.tokens(), 1, 32), arguments);
    }

    /** Orders the pairs by expert: writes {@code ends}, {@code pairs} and {@code places}. */
    public void group(long stream, Visits visits) {}

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
            DeviceRows out) {}

    /**
     * {@code x * transpose(weight_e)} of each pair.
     *
     * @param x (T * P, K), in the order of {@code pairs}
     * @param weight (E * N, K)
     * @param out (T * P, N) f32, in the order of {@code pairs}
     */
    public void products(
            long stream, DeviceRows x, Visits visits, DeviceMatrix weight, long out) {}

    /**
     * Adds each token's weighed outcomes to the residual stream, from the first of {@code chosen}
     * on; summed in f32, rounded once.
     *
     * @param outcomes (T * P, N) f32 of {@link #products}
     * @param hidden (T, N), added to
     */
    public void combine(long stream, long outcomes, Visits visits, DeviceRows hidden) {}
}
