package assay.scheduler.core.cluster;

import java.util.List;

/**
 * The routed experts of a model: weights of which a step reads those alone that its tokens chose.
 * Immutable.
 *
 * @param count in a layer; 0 for a model without
 * @param active that one token chooses
 * @param layers bytes of all of them in each layer, part of the layer's weights; empty for a model
 *     without
 */
public record Experts(int count, int active, List<Bytes> layers) {
    public static final Experts NONE = new Experts(0, 0, List.of());

    public Experts {
        layers = List.copyOf(layers);
        if (active < 0 || count < active || (count == 0) != layers.isEmpty()) {
            throw new IllegalArgumentException(
                    "experts: %d of %d in %d layers (expected: no more than there are)"
                            .formatted(active, count, layers.size()));
        }
    }

    /**
     * Bytes of a layer's experts that so many tokens leave alone in one step, on average, if each
     * chooses at random: no expert's bytes are read twice, and none's that nobody chose.
     */
    public long idle(int layer, int tokens) {
        if (count == 0) {
            return 0;
        }
        double left = Math.pow(1 - (double) active / count, tokens);
        return (long) (layers.get(layer).value() * left);
    }

    /** The share of a layer's experts that one token computes with. */
    public double activeShare() {
        return count == 0 ? 0 : (double) active / count;
    }
}
