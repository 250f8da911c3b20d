package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.Experts;
import assay.scheduler.core.cluster.LayerCache;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.Precision.ActivationType;
import assay.scheduler.core.cluster.StageAssignment;

/**
 * The bytes of any stage of one replica on one kind of device: weights, KV cache and workspace.
 * Sums are taken from prefixes, so each answer is O(1). Immutable.
 *
 * <p>Workspace, by the widths that a stage keeps at once for one micro-batch of at most {@link
 * #CHUNK_TOKENS} tokens: {@value #ACTIVATION_COPIES} rows of hidden size in f32 (residual, norm,
 * query, key and value, attention, the two halves of the gate, what is sent), and on the last stage
 * one row of logits in f32 for each running sequence. A card keeps a context and the workspaces of
 * its libraries besides.
 *
 * <p>Time of one decode step of a full batch: a stage reads its weights, less the experts that
 * nobody chose, and the cache of all promised tokens; it multiplies each weight with each sequence.
 * A byte of weights counts as one operation for each sequence: two of them for each 16-bit number,
 * and half as wide numbers are multiplied twice as fast.
 */
public final class StageNeeds {
    static final int CHUNK_TOKENS = 512;
    static final int ACTIVATION_COPIES = 8;

    /** A CUDA context with its modules, graphs and library workspaces. */
    static final long CARD_WORKSPACE = 512L << 20;

    private final ModelLayout layout;
    private final DeploymentSpec spec;
    private final double ratio;
    private final long[] weightPrefix;
    private final long[] kvPrefix;
    private final long[] tokenPrefix;
    private final double[] readPrefix;
    private final double[] operationsPrefix;
    private final long workspace;
    private final long logits;

    /** Bytes of the smallest layer, at least 1. */
    private final long leastLayer;

    /** With weights that take what the files say. */
    public StageNeeds(DeploymentSpec spec, boolean gpu) {
        this(spec, gpu, 1);
    }

    /**
     * @param gpu whether the device is a card
     * @param ratio by which resident weights differ from the files, above 0
     */
    public StageNeeds(DeploymentSpec spec, boolean gpu, double ratio) {
        this.spec = spec;
        this.ratio = ratio;
        layout = spec.layout();
        int layers = layout.layerCount();
        weightPrefix = new long[layers + 1];
        kvPrefix = new long[layers + 1];
        tokenPrefix = new long[layers + 1];
        readPrefix = new double[layers + 1];
        operationsPrefix = new double[layers + 1];
        int batch = spec.maxSequences();
        for (int layer = 0; layer < layers; layer++) {
            long weights = layout.layers().get(layer).value();
            weightPrefix[layer + 1] = Math.addExact(weightPrefix[layer], weights);
            LayerCache cache = layout.caches().get(layer);
            long positions = cache.positions(spec.kvTokens(), spec.maxSequences());
            long kv = cache.perToken(gpu).times(positions).value();
            kvPrefix[layer + 1] = Math.addExact(kvPrefix[layer], kv);
            tokenPrefix[layer + 1] = tokenPrefix[layer] + cache.perToken(gpu).value();
            readPrefix[layer + 1] =
                    readPrefix[layer] + weights - layout.experts().idle(layer, batch) + kv;
            operationsPrefix[layer + 1] = operationsPrefix[layer] + active(layer) * batch;
        }
        long least = Long.MAX_VALUE;
        for (int layer = 0; layer < layers; layer++) {
            long weights = layout.layers().get(layer).value();
            least = Math.min(least, resident(weights) + kv(layer, layer + 1));
        }
        leastLayer = Math.max(1, least);
        int tokens = Math.min(CHUNK_TOKENS, spec.kvTokens());
        long activations =
                Math.multiplyExact(
                        (long) layout.hiddenSize() * Float.BYTES * ACTIVATION_COPIES, tokens);
        workspace = Math.addExact(activations, gpu ? CARD_WORKSPACE : 0);
        logits =
                Math.multiplyExact(
                        (long) layout.vocabularySize() * Float.BYTES, spec.maxSequences());
    }

    public int layerCount() {
        return layout.layerCount();
    }

    DeploymentSpec spec() {
        return spec;
    }

    /** Bytes of a stage with layers {@code first} (inclusive) to {@code end} (exclusive). */
    public long bytes(int first, int end) {
        long sum = resident(weights(first, end)) + kv(first, end) + workspace;
        return end == layout.layerCount() ? sum + logits : sum;
    }

    /** Bytes of a layer's weights that each token is multiplied with. */
    private double active(int layer) {
        double all = layout.layers().get(layer).value();
        Experts experts = layout.experts();
        return experts.count() == 0
                ? all
                : all - experts.layers().get(layer).value() * (1 - experts.activeShare());
    }

    /** Estimated time of a decode step of a full batch in a stage with those layers. */
    long nanos(int first, int end, DeviceSpeed speed) {
        double read = readPrefix[end] - readPrefix[first];
        double operations = operationsPrefix[end] - operationsPrefix[first];
        if (end == layout.layerCount()) {
            read += layout.head().value();
            operations += (double) layout.head().value() * spec.maxSequences();
        }
        return speed.nanos(read, operations);
    }

    /** Bytes of a full batch's activations between two stages. */
    long hopBytes() {
        int width = spec.precision().activations() == ActivationType.F32 ? Float.BYTES : 2;
        return (long) layout.hiddenSize() * width * spec.maxSequences();
    }

    /** Layers that a stage of so many bytes holds at most, wherever it begins. */
    int mostLayers(long bytes) {
        long left = bytes - workspace;
        return left < 0 ? 0 : (int) Math.min(layerCount(), left / leastLayer);
    }

    /** What each stage needs besides weights and cache. */
    long workspace() {
        return workspace;
    }

    /** As the files have them. */
    long weights(int first, int end) {
        boolean last = end == layout.layerCount();
        long sum = weightPrefix[end] - weightPrefix[first];
        sum += last ? layout.head().value() : 0;
        return sum + (first == 0 && !(last && layout.tied()) ? layout.embedding().value() : 0);
    }

    private long resident(long weights) {
        return ratio == 1 ? weights : (long) Math.ceil(weights * ratio);
    }

    long kv(int first, int end) {
        return kvPrefix[end] - kvPrefix[first];
    }

    /** Bytes of one more token in all layers of a stage. */
    long kvPerToken(int first, int end) {
        return tokenPrefix[end] - tokenPrefix[first];
    }

    /** The same, told apart, for a place. */
    public StageAssignment assignment(int index, DeviceId device, LayerRange range) {
        long weights = weights(range.first(), range.end());
        long resident = resident(weights);
        long kv = kv(range.first(), range.end());
        long rest = bytes(range.first(), range.end()) - resident - kv;
        return new StageAssignment(
                index,
                device,
                range,
                Bytes.of(weights),
                Bytes.of(resident),
                Bytes.of(kv),
                Bytes.of(rest));
    }
}
