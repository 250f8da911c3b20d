package assay.engine.layer;

import assay.engine.kernel.Tensor;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.LayerRange;
import assay.engine.model.LayerSpec;
import assay.engine.model.ModelSpec;
import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.Map;

/**
 * The activations inside a layer, allocated once for the largest micro-batch and used by each layer
 * in turn. What a room holds is lost when it is asked for again.
 */
public final class Scratch {
    /** The rooms, each as wide as the widest layer needs it. */
    enum Slot {
        NORMED,
        QUERIES,
        KEYS,
        VALUES,
        ATTENDED,
        SQUEEZED,
        HEAD_QUERIES,
        PLAIN_QUERIES,
        TURNED_QUERIES,
        TURNED_KEYS,
        HEAD_VALUES,
        GATE,
        UP,
        ROUTER,
        EXPERT_INPUT,
        EXPERT_OUTPUT
    }

    private final Map<Slot, Tensor> rooms = new EnumMap<>(Slot.class);
    private final int widest;

    private Scratch(Arena arena, Map<Slot, Integer> widths, int widest, int maxTokens) {
        widths.forEach((slot, width) -> rooms.put(slot, Tensor.allocate(arena, maxTokens, width)));
        this.widest = widest;
    }

    /**
     * @param range the layers that will use it
     */
    public static Scratch allocate(Arena arena, ModelSpec spec, LayerRange range, int maxTokens) {
        Map<Slot, Integer> widths = new EnumMap<>(Slot.class);
        need(widths, Slot.NORMED, spec.hiddenSize());
        int widest = spec.hiddenSize();
        for (LayerSpec layer : spec.layers().subList(range.first(), range.end())) {
            widest = Math.max(widest, attention(widths, layer.attention()));
            widest = Math.max(widest, feedForward(widths, layer.feedForward(), spec.hiddenSize()));
        }
        return new Scratch(arena, widths, widest, maxTokens);
    }

    private static void need(Map<Slot, Integer> widths, Slot slot, int width) {
        widths.merge(slot, width, Math::max);
    }

    /** Adds what one attention needs, and returns the widest input of its products. */
    private static int attention(Map<Slot, Integer> widths, AttentionSpec attention) {
        need(widths, Slot.QUERIES, attention.heads() * attention.keyDim());
        need(widths, Slot.KEYS, attention.cachedHeads() * attention.keyDim());
        need(widths, Slot.VALUES, attention.cachedHeads() * attention.valueDim());
        need(widths, Slot.ATTENDED, attention.heads() * attention.valueDim());
        switch (attention) {
            case AttentionSpec.GroupedQuery grouped -> {
                return grouped.outputWidth();
            }
            case AttentionSpec.Latent latent -> {
                int heads = latent.heads();
                need(widths, Slot.SQUEEZED, Math.max(1, latent.queryRank()));
                need(widths, Slot.HEAD_QUERIES, heads * (latent.plainDim() + latent.turnedDim()));
                need(widths, Slot.PLAIN_QUERIES, heads * latent.plainDim());
                need(widths, Slot.TURNED_QUERIES, heads * latent.turnedDim());
                need(widths, Slot.TURNED_KEYS, latent.turnedDim());
                need(widths, Slot.HEAD_VALUES, latent.outputWidth());
                int perHead = Math.max(latent.plainDim(), latent.latentRank());
                return Math.max(Math.max(latent.queryRank(), latent.outputWidth()), perHead);
            }
        }
    }

    /** Adds what one feed-forward block needs, and returns the widest input of its products. */
    private static int feedForward(
            Map<Slot, Integer> widths, FeedForwardSpec feedForward, int hidden) {
        int inner =
                switch (feedForward) {
                    case FeedForwardSpec.Dense dense -> dense.inner();
                    case FeedForwardSpec.Experts experts -> {
                        need(widths, Slot.ROUTER, experts.count());
                        need(widths, Slot.EXPERT_INPUT, hidden);
                        need(widths, Slot.EXPERT_OUTPUT, hidden);
                        yield Math.max(experts.inner(), experts.sharedInner());
                    }
                };
        need(widths, Slot.GATE, inner);
        need(widths, Slot.UP, inner);
        return inner;
    }

    /** A (rows, width) matrix at the start of the room, dense. */
    Tensor room(Slot slot, int rows, int width) {
        Tensor whole = rooms.get(slot);
        if (whole == null) {
            throw new IllegalStateException("no layer of this stage has room for " + slot);
        }
        return whole.shaped(rows, width);
    }

    /** Widest input of a product in any layer. */
    public int widest() {
        return widest;
    }
}
