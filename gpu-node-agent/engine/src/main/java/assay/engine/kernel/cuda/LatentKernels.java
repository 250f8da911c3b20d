package assay.engine.kernel.cuda;

import assay.engine.kernel.RotaryPairing;

/**
 * What latent attention (DeepSeek-V2, arXiv 2405.04434, 2.1) does around the attention itself, in
 * its absorbed form: the order of a layer is projection of the queries, {@link
 * ProductKernels#projectHeads} of their plain parts into the joined queries, {@link #turnQueries},
 * {@link #store}, {@link AttentionKernels#attendDecode} or {@link AttentionKernels#attendPrefill}
 * with a cache whose values are the first part of its keys, {@link ProductKernels#projectHeads} to
 * the heads' values. Every method may be captured in a graph. Confined to the device's thread.
 */
public final class LatentKernels {
    private final KernelArguments arguments = new KernelArguments();
    private final Kernel turnQueries;
    private final Kernel store;

    public LatentKernels(KernelLauncher launcher) {
        turnQueries = launcher.kernel("latent", "turn_queries", 0);
        store = launcher.kernel("latent", "store_latent", 0);
    }

    /**
     * Sizes of a latent attention.
     *
     * @param plainDim elements of a head's query that are not turned
     * @param turnedDim elements that are
     * @param latentRank width of the cached latent
     */
    public record Sizes(int heads, int plainDim, int turnedDim, int latentRank) {}

    /**
     * Turns the last part of each head's query, and puts it behind the head's query on the latent.
     *
     * @param whole (T, heads * (plainDim + turnedDim)): projected queries
     * @param turns (T, turnedDim) f32 of {@link RowKernels#turns}
     * @param joined (T, heads * (latentRank + turnedDim)), of which the last turnedDim elements of
     *     each head are written
     */
    public void turnQueries(
            long stream,
            Sizes sizes,
            DeviceRows whole,
            long turns,
            RotaryPairing pairing,
            DeviceRows joined) {
        arguments
                .clear()
                .address(whole.address())
                .integer(whole.stride())
                .address(turns)
                .integer(sizes.heads())
                .integer(sizes.plainDim())
                .integer(sizes.turnedDim())
                .integer(sizes.latentRank())
                .integer(Codes.of(pairing))
                .address(joined.address())
                .integer(joined.stride());
        turnQueries.launch(stream, LaunchShape.of(whole.count(), 1, 256), arguments);
    }

    /**
     * Normalises the latent, turns what is behind it, and writes both to the token's place in the
     * cache.
     *
     * @param projected (T, latentRank + turnedDim), left as it is
     * @param norm (latentRank) f32
     * @param turns (T, turnedDim) f32 of {@link RowKernels#turns}
     * @param cache of one head, keyDim = latentRank + turnedDim, valueDim = latentRank
     */
    public void store(
            long stream,
            Sizes sizes,
            DeviceRows projected,
            long norm,
            float epsilon,
            long turns,
            RotaryPairing pairing,
            DeviceTokens tokens,
            DeviceKv cache) {
        Checks.equal("rows", projected.count(), tokens.count());
        Checks.equal("keys", cache.keyDim(), sizes.latentRank() + sizes.turnedDim());
        arguments
                .clear()
                .address(projected.address())
                .integer(projected.stride())
                .address(norm)
                .real(epsilon)
                .address(turns)
                .integer(sizes.turnedDim())
                .integer(sizes.latentRank())
                .integer(Codes.of(pairing))
                .address(tokens.positions())
                .address(tokens.sequences())
                .address(tokens.tables())
                .integer(tokens.tableWidth())
                .address(cache.keys());
        store.launch(stream, LaunchShape.of(tokens.count(), 1, 256), arguments);
    }
}
