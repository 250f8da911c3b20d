package assay.engine.stage.cuda;

import assay.engine.kernel.cuda.DeviceRows;
import assay.engine.kernel.cuda.ExpertKernels.Visits;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.LayerRange;
import assay.engine.model.LayerSpec;
import assay.engine.model.ModelSpec;
import java.util.EnumMap;
import java.util.Map;

/**
 * The activations inside a layer, taken once for the largest step and used by each layer in turn.
 * What a room holds is lost when it is asked for again.
 */
final class Rooms {
    /** The rooms, each as large as the layer that needs most of it. */
    enum Slot {
        NORMED,
        PROJECTED,
        ATTENDED,
        SQUEEZED,
        WHOLE_QUERIES,
        JOINED_QUERIES,
        HEAD_VALUES,
        GATE,
        GATED,
        ROUTER,
        EXPERT_INNER,
        OUTCOMES,
        VISITS
    }

    private final Map<Slot, Long> addresses = new EnumMap<>(Slot.class);

    /**
     * @param range the layers that will use it
     * @param tokens of the largest step
     */
    Rooms(StageMemory memory, ModelSpec spec, LayerRange range, int tokens) {
        bytes(spec, range, tokens)
                .forEach((slot, bytes) -> addresses.put(slot, memory.take("activations", bytes)));
    }

    /** Bytes of each room. */
    static Map<Slot, Long> bytes(ModelSpec spec, LayerRange range, int tokens) {
        Map<Slot, Long> sizes = new EnumMap<>(Slot.class);
        Need need = (slot, bytes) -> sizes.merge(slot, bytes * tokens, Math::max);
        need.of(Slot.NORMED, 2L * spec.hiddenSize());
        for (LayerSpec layer : spec.layers().subList(range.first(), range.end())) {
            attention(need, layer.attention());
            feedForward(need, sizes, layer.feedForward(), spec.hiddenSize(), tokens);
        }
        return sizes;
    }

    /** What one token needs of a room. */
    @FunctionalInterface
    private interface Need {
        void of(Slot slot, long bytes);
    }

    private static void attention(Need need, AttentionSpec attention) {
        switch (attention) {
            case AttentionSpec.GroupedQuery grouped -> {
                int heads = grouped.heads() + 2 * grouped.kvHeads();
                need.of(Slot.PROJECTED, 2L * heads * grouped.headDim());
                need.of(Slot.ATTENDED, 2L * grouped.outputWidth());
            }
            case AttentionSpec.Latent latent -> {
                int heads = latent.heads();
                need.of(Slot.PROJECTED, 2L * latent.keyDim());
                need.of(Slot.SQUEEZED, 2L * Math.max(1, latent.queryRank()));
                need.of(Slot.WHOLE_QUERIES, 2L * heads * (latent.plainDim() + latent.turnedDim()));
                need.of(Slot.JOINED_QUERIES, 2L * heads * latent.keyDim());
                need.of(Slot.ATTENDED, 2L * heads * latent.latentRank());
                need.of(Slot.HEAD_VALUES, 2L * latent.outputWidth());
            }
        }
    }

    private static void feedForward(
            Need need, Map<Slot, Long> sizes, FeedForwardSpec feedForward, int hidden, int tokens) {
        switch (feedForward) {
            case FeedForwardSpec.Dense dense -> gated(need, dense.inner());
            case FeedForwardSpec.Experts experts -> {
                gated(need, Math.max(1, experts.sharedInner()));
                need.of(Slot.ROUTER, (long) Float.BYTES * experts.count());
                need.of(Slot.EXPERT_INNER, 2L * experts.perToken() * experts.inner());
                need.of(Slot.OUTCOMES, (long) Float.BYTES * experts.perToken() * hidden);
                sizes.merge(
                        Slot.VISITS,
                        Visits.bytes(tokens, experts.count(), experts.perToken()),
                        Math::max);
            }
        }
    }

    private static void gated(Need need, int inner) {
        need.of(Slot.GATE, 2L * inner);
        need.of(Slot.GATED, 2L * inner);
    }

    /** Where a room begins. */
    long address(Slot slot) {
        Long address = addresses.get(slot);
        if (address == null) {
            throw new IllegalStateException("no layer of this stage has room for " + slot);
        }
        return address;
    }

    /** (rows, width) bf16 at the start of a room. */
    DeviceRows rows(Slot slot, int rows, int width) {
        return DeviceRows.dense(address(slot), rows, width);
    }
}
