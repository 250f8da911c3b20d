package assay.scheduler.core.cluster;

import java.util.Collections;
import java.util.List;

/**
 * Where the bytes of a model version are. Immutable.
 *
 * @param embedding held by stage 0
 * @param layers weights of each layer, in order; at least one
 * @param head final norm and output, held by the last stage
 * @param tied the output is the embedding: a stage that is first and last holds it once
 * @param caches what each layer keeps of a token
 * @param experts of which a step reads some
 * @param hiddenSize width of the activations between stages
 * @param vocabularySize width of the logits on the last stage
 */
public record ModelLayout(
        Bytes embedding,
        List<Bytes> layers,
        Bytes head,
        boolean tied,
        List<LayerCache> caches,
        Experts experts,
        int hiddenSize,
        int vocabularySize) {
    public ModelLayout {
        layers = List.copyOf(layers);
        caches = List.copyOf(caches);
        if (layers.isEmpty() || hiddenSize < 1 || vocabularySize < 1) {
            throw new IllegalArgumentException(
                    "layout: %d layers, hidden size %d, vocabulary %d (expected: each above 0)"
                            .formatted(layers.size(), hiddenSize, vocabularySize));
        }
        if (caches.size() != layers.size()
                || (experts.count() > 0 && experts.layers().size() != layers.size())) {
            throw new IllegalArgumentException(
                    "layout: %d caches and %d layers of experts (expected: %d)"
                            .formatted(caches.size(), experts.layers().size(), layers.size()));
        }
        if (tied && embedding.isMoreThan(head)) {
            throw new IllegalArgumentException(
                    "layout: a tied output of " + head + " (expected: " + embedding + " or more)");
        }
    }

    /** Without experts, and every layer keeps the same of a token. */
    public ModelLayout(
            Bytes embedding,
            List<Bytes> layers,
            Bytes head,
            LayerCache cache,
            int hiddenSize,
            int vocabularySize) {
        this(
                embedding,
                layers,
                head,
                false,
                Collections.nCopies(layers.size(), cache),
                Experts.NONE,
                hiddenSize,
                vocabularySize);
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
        boolean first = range.first() == 0;
        boolean last = range.end() == layerCount();
        if (last) {
            sum = sum.plus(head);
        }
        return first && !(last && tied) ? sum.plus(embedding) : sum;
    }

    /** Cache of a stage that holds these layers, for so many tokens of all sequences together. */
    public Bytes kv(LayerRange range, int kvTokens, int sequences, boolean gpu) {
        Bytes sum = Bytes.ZERO;
        for (LayerCache cache : caches.subList(range.first(), range.end())) {
            sum = sum.plus(cache.perToken(gpu).times(cache.positions(kvTokens, sequences)));
        }
        return sum;
    }
}
