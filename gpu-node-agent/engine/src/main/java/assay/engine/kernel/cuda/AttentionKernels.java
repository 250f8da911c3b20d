package assay.engine.kernel.cuda;

import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.RotaryPairing;

/**
 * Attention over the paged cache, and what comes just before it. T tokens, H query heads, G
 * key/value heads, D size of a head. All lengths are read from the positions in device memory, so
 * every method may be captured in a graph unless it says otherwise. Confined to the device's
 * thread.
 */
public final class AttentionKernels {
    /** Queries of one slice that {@link #attendPrefill} takes as one tile. */
    public static final int TILE_TOKENS = 64;

    private final KernelArguments arguments = new KernelArguments();
    private final Kernel prepare;
    private final Workspace workspace;

    public AttentionKernels(KernelLauncher launcher, Workspace workspace) {
        prepare = launcher.kernel("attention", "prepare_heads", 0);
        this.workspace = workspace;
    }

    /**
     * What the {@link Workspace} must hold.
     *
     * @param heads most query heads of a layer
     * @param valueDim largest of a layer
     * @param tokens most of one call of {@link #attendDecode}
     */
    public static long workspaceBytes(int heads, int valueDim, int tokens) {
        return 0;
    }

    /**
     * Heads of a grouped-query attention.
     *
     * @param heads H, a multiple of the cache's key/value heads
     * @param queryNorm address of (D) f32 that each head of the queries is normalised with before
     *     it is turned; 0 for none
     * @param keyNorm the same of the keys; 0 for none
     * @param epsilon of these norms
     */
    public record Heads(int heads, long queryNorm, long keyNorm, float epsilon, RotaryPairing pairing) {}

    /**
     * Normalises heads where the model does, turns queries and keys, and writes keys and values to
     * their blocks.
     *
     * @param projected (T, (H + 2 G) * D): queries, keys, values, with their biases. The queries are
     *     left turned where they are; keys and values are lost
     * @param turns (T, D) f32 of {@link RowKernels#turns}
     * @param cache with keyDim = valueDim = D
     */
    public void prepare(
            long stream,
            DeviceRows projected,
            Heads heads,
            long turns,
            DeviceTokens tokens,
            DeviceKv cache) {
        Checks.equal("rows", projected.count(), tokens.count());
        prepare.launch(stream, LaunchShape.of(tokens.count(), 1, 32), arguments);
    }

    /**
     * Causal attention of each token for itself, over all that the rule lets it see: for tokens of
     * different sequences. The cache is read once for the query heads that share a key/value head.
     * Splits of a long sequence are summed in a fixed order.
     *
     * @param queries (T, H * keyDim), turned
     * @param out (T, H * valueDim)
     */
    public void attendDecode(
            long stream,
            DeviceRows queries,
            DeviceTokens tokens,
            DeviceKv cache,
            AttentionRule rule,
            DeviceRows out) {
        Checks.within("workspace", workspace.bytes(), 0, Long.MAX_VALUE);
    }

    /**
     * Causal attention of runs of tokens that follow each other in one sequence, by tensor cores.
     * The number of tiles is the launch's: a graph holds for as many.
     *
     * @param queries (T, H * keyDim), turned
     * @param tiles (tileCount, 2) i32 in device memory: first token of the step's T and number of
     *     tokens, 0..{@link #TILE_TOKENS}, which stand side by side at ascending positions of one
     *     sequence. Other rows of {@code out} stay as they are
     * @param out (T, H * valueDim)
     */
    public void attendPrefill(
            long stream,
            DeviceRows queries,
            DeviceTokens tokens,
            long tiles,
            int tileCount,
            DeviceKv cache,
            AttentionRule rule,
            DeviceRows out) {}
}
