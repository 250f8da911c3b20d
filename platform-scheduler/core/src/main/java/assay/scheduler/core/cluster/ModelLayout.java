package assay.scheduler.core.cluster;

import java.util.List;

/**
 * Where the bytes of a model version are. Immutable.
 *
 * @param embedding held by stage 0
 * @param layers weights of each layer, in order; at least one
 * @param head final norm and output, held by the last stage (tied weights count here again)
 * @param kvPerTokenAndLayer cache of one token in one layer
 * @param hiddenSize width of the activations between stages
 * @param vocabularySize width of the logits on the last stage
 */
public record ModelLayout(
        Bytes embedding,
        List<Bytes> layers,
        Bytes head,
        Bytes kvPerTokenAndLayer,
        int hiddenSize,
        int vocabularySize) {
    public ModelLayout {
        layers = List.copyOf(layers);
        if (layers.isEmpty() || hiddenSize < 1 || vocabularySize < 1) {
            throw new IllegalArgumentException(
                    "layout: %d layers, hidden size %d, vocabulary %d (expected: each above 0)"
                            .formatted(layers.size(), hiddenSize, vocabularySize));
        }
    }

    public int layerCount() {
        return layers.size();
    }

    /** Weights of a stage that holds these layers, with embedding or head where it is at an end. */
    public Bytes weights(LayerRange range) {
        Bytes sum = Bytes.ZERO;
        for (Bytes layer : layers.subList(range.first(), range.end())) {
            sum = sum.plus(layer);
        }
        if (range.first() == 0) {
            sum = sum.plus(embedding);
        }
        return range.end() == layerCount() ? sum.plus(head) : sum;
    }

    /** Cache of a stage that holds these layers, for so many tokens of all sequences together. */
    public Bytes kv(LayerRange range, int kvTokens) {
        return kvPerTokenAndLayer.times(range.count()).times(kvTokens);
    }
}
