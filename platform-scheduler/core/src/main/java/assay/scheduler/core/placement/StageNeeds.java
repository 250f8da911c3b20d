package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.Bytes;
import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.DeviceId;
import assay.scheduler.core.cluster.LayerRange;
import assay.scheduler.core.cluster.ModelLayout;
import assay.scheduler.core.cluster.StageAssignment;

/**
 * The exact bytes of any stage of one replica: weights, KV cache and workspace. Sums are taken from
 * prefixes, so each answer is O(1). Immutable.
 *
 * <p>Workspace, by the widths that a stage keeps at once for one micro-batch of at most {@link
 * #CHUNK_TOKENS} tokens: {@value #ACTIVATION_COPIES} rows of hidden size in f32 (residual, norm,
 * query, key and value, attention, the two halves of the gate, what is sent), and on the last stage
 * one row of logits in f32 for each running sequence.
 */
public final class StageNeeds {
    static final int CHUNK_TOKENS = 512;
    static final int ACTIVATION_COPIES = 8;

    private final ModelLayout layout;
    private final int kvTokens;
    private final long[] weightPrefix;
    private final long kvPerLayer;
    private final long activations;
    private final long logits;

    public StageNeeds(DeploymentSpec spec) {
        layout = spec.layout();
        kvTokens = spec.kvTokens();
        weightPrefix = new long[layout.layerCount() + 1];
        for (int layer = 0; layer < layout.layerCount(); layer++) {
            weightPrefix[layer + 1] =
                    Math.addExact(weightPrefix[layer], layout.layers().get(layer).value());
        }
        kvPerLayer = layout.kvPerTokenAndLayer().times(kvTokens).value();
        int tokens = Math.min(CHUNK_TOKENS, kvTokens);
        activations =
                Math.multiplyExact(
                        (long) layout.hiddenSize() * Float.BYTES * ACTIVATION_COPIES, tokens);
        logits =
                Math.multiplyExact(
                        (long) layout.vocabularySize() * Float.BYTES, spec.maxSequences());
    }

    public int layerCount() {
        return layout.layerCount();
    }

    /** Bytes of a stage with layers {@code first} (inclusive) to {@code end} (exclusive). */
    public long bytes(int first, int end) {
        long sum = weightPrefix[end] - weightPrefix[first] + kvPerLayer * (end - first);
        sum += activations + (first == 0 ? layout.embedding().value() : 0);
        return end == layout.layerCount() ? sum + layout.head().value() + logits : sum;
    }

    /** The same, told apart, for a place. */
    public StageAssignment assignment(int index, DeviceId device, LayerRange range) {
        Bytes weights = layout.weights(range);
        Bytes kv = layout.kv(range, kvTokens);
        Bytes rest = Bytes.of(bytes(range.first(), range.end()));
        return new StageAssignment(
                index, device, range, weights, kv, rest.minusOrZero(weights).minusOrZero(kv));
    }
}
