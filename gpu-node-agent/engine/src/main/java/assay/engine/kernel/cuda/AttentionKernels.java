package assay.engine.kernel.cuda;

import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.RotaryPairing;
import java.util.HashMap;
import java.util.Map;

/**
 * Attention over the paged cache, and what comes just before it. T tokens, H query heads, G
 * key/value heads, D size of a head. All lengths are read from the positions in device memory, so
 * every method may be captured in a graph unless it says otherwise. Confined to the device's
 * thread.
 */
public final class AttentionKernels {
    /** Queries of one slice that {@link #attendPrefill} takes as one tile. */
    public static final int TILE_TOKENS = 64;

    /** Blocks that a split attention is cut into, for each multiprocessor. */
    private static final int SPLIT_BLOCKS = 4;

    private static final int SPLITS_MAX = 32;

    /** Sequences and heads that a split attention can count the splits of: as in the source. */
    private static final int ARRIVALS = 65_536;

    private static final int DECODE_THREADS = 128;
    private static final int PREPARE_WARPS = 8;
    private static final int GROUP_HEADS = 16;
    private static final long WORKSPACE_BYTES = 32L << 20;

    private final KernelArguments arguments = new KernelArguments();
    private final KernelLauncher launcher;
    private final Kernel prepare;
    private final Kernel plain;
    private final Map<Integer, Kernel> decode = new HashMap<>();
    private final Map<Integer, Kernel> prefill = new HashMap<>();
    private final Workspace workspace;

    /**
     * @param workspace may be shared with other launching classes of the stream
     */
    public AttentionKernels(KernelLauncher launcher, Workspace workspace) {
        this.launcher = launcher;
        this.workspace = workspace;
        prepare = launcher.kernel("attention", "prepare_heads", 0);
        plain = launcher.kernel("attention", "attend_plain", 0);
        for (int dim : new int[] {64, 128, 256}) {
            decode.put(dim, launcher.kernel("attention", "attend_decode_" + dim, decodeBytes(dim)));
            prefill.put(
                    dim, launcher.kernel("attention", "attend_prefill_" + dim, prefillBytes(dim)));
        }
    }

    /** Outcomes of four warps, with what they are relative to and their weight. */
    private static int decodeBytes(int dim) {
        return 4 * GROUP_HEADS * (dim + 2) * Float.BYTES;
    }

    /** Two tiles of keys and of values, whose rows are padded by 16 bytes. */
    private static int prefillBytes(int dim) {
        return 4 * TILE_TOKENS * (dim + 8) * Short.BYTES;
    }

    /**
     * What the {@link Workspace} must hold.
     *
     * @param heads most query heads of a layer
     * @param valueDim largest of a layer
     * @param tokens most of one call of {@link #attendDecode}
     */
    public static long workspaceBytes(int heads, int valueDim, int tokens) {
        return WORKSPACE_BYTES;
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
    public record Heads(
            int heads, long queryNorm, long keyNorm, float epsilon, RotaryPairing pairing) {}

    /**
     * Normalises heads where the model does, turns queries and keys, and writes keys and values to
     * their blocks.
     *
     * @param projected (T, (H + 2 G) * D): queries, keys, values, with their biases. The queries
     *     are left turned where they are; keys and values are lost
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
        Checks.equal("size of values", cache.valueDim(), cache.keyDim());
        int all = heads.heads() + 2 * cache.kvHeads();
        Checks.equal("width", projected.width(), (long) all * cache.keyDim());
        arguments
                .clear()
                .address(projected.address())
                .integer(projected.stride())
                .address(heads.queryNorm())
                .address(heads.keyNorm())
                .real(heads.epsilon())
                .integer(Codes.of(heads.pairing()))
                .address(turns);
        places(tokens);
        cache(cache, heads.heads());
        int blocks = Math.ceilDiv(all, PREPARE_WARPS);
        prepare.launch(
                stream, LaunchShape.of(tokens.count(), blocks, 32 * PREPARE_WARPS), arguments);
    }

    private void places(DeviceTokens tokens) {
        arguments
                .address(tokens.positions())
                .address(tokens.sequences())
                .address(tokens.tables())
                .integer(tokens.tableWidth());
    }

    private void cache(DeviceKv cache, int heads) {
        arguments
                .address(cache.keys())
                .address(cache.values())
                .integer(cache.kvHeads())
                .integer(cache.keyDim())
                .integer(cache.valueDim())
                .integer(heads);
    }

    /** Query heads, after all has been found to fit. */
    private static int heads(
            DeviceRows queries, DeviceTokens tokens, DeviceKv cache, DeviceRows out) {
        Checks.equal("rows of queries", queries.count(), tokens.count());
        Checks.equal("rows of out", out.count(), tokens.count());
        Checks.multiple(
                "width of queries", queries.width(), (long) cache.kvHeads() * cache.keyDim());
        Checks.multiple("stride of queries", queries.stride(), 8);
        Checks.multiple("stride of out", out.stride(), 2);
        int heads = queries.width() / cache.keyDim();
        Checks.equal("width of out", out.width(), (long) heads * cache.valueDim());
        return heads;
    }

    /** The size of the kernels that take such heads; 0 where only the plain one does. */
    private static int kernelDim(DeviceKv cache) {
        int dim = Math.max(cache.keyDim(), cache.valueDim());
        return dim <= 64 ? 64 : dim <= 128 ? 128 : dim <= 256 ? 256 : 0;
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
        int heads = heads(queries, tokens, cache, out);
        int dim = kernelDim(cache);
        arguments.clear().address(queries.address()).integer(queries.stride());
        places(tokens);
        cache(cache, heads);
        arguments
                .real(rule.scale())
                .integer(rule.window())
                .address(out.address())
                .integer(out.stride());
        if (dim == 0) {
            plain.launch(stream, LaunchShape.of(tokens.count(), heads, DECODE_THREADS), arguments);
            return;
        }
        arguments.address(workspace.address());
        int groups = cache.kvHeads() * Math.ceilDiv(heads / cache.kvHeads(), GROUP_HEADS);
        var shape =
                new LaunchShape(
                        splits(tokens.count() * groups, dim),
                        groups,
                        tokens.count(),
                        DECODE_THREADS,
                        decodeBytes(dim),
                        true);
        Checks.present(decode, dim).launch(stream, shape, arguments);
    }

    private int splits(int outcomes, int dim) {
        long each = (long) outcomes * GROUP_HEADS * (dim + 2) * Float.BYTES;
        long wanted = (long) SPLIT_BLOCKS * launcher.multiprocessors() / outcomes;
        long fit = outcomes > ARRIVALS ? 1 : workspace.bytes() / each;
        return Math.clamp(Math.min(wanted, fit), 1, SPLITS_MAX);
    }

    /**
     * Causal attention of runs of tokens that follow each other in one sequence, by tensor cores.
     * The number of tiles is the launch's: a graph holds for as many.
     *
     * @param queries (T, H * keyDim), turned
     * @param tiles (tileCount, 2) i32 in device memory: first token of the step's T and number of
     *     tokens, 0..{@link #TILE_TOKENS}, which stand side by side at ascending positions of one
     *     sequence. Other rows of {@code out} stay as they are, but for latent attention, which
     *     does all
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
            DeviceRows out) {
        int heads = heads(queries, tokens, cache, out);
        int dim = kernelDim(cache);
        arguments.clear().address(queries.address()).integer(queries.stride());
        places(tokens);
        if (dim != 0) {
            arguments.address(tiles);
        }
        cache(cache, heads);
        arguments
                .real(rule.scale())
                .integer(rule.window())
                .address(out.address())
                .integer(out.stride());
        if (dim == 0) {
            plain.launch(stream, LaunchShape.of(tokens.count(), heads, DECODE_THREADS), arguments);
            return;
        }
        var shape = new LaunchShape(heads, tileCount, 1, DECODE_THREADS, prefillBytes(dim), true);
        Checks.present(prefill, dim).launch(stream, shape, arguments);
    }
}
