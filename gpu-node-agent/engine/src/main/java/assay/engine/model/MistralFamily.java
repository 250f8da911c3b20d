package assay.engine.model;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Mistral 7B and Nemo. Source: arXiv 2310.06825. */
final class MistralFamily implements Family {
    private static final int KV_HEADS = 8;
    private static final int WINDOW = 4_096;

    @Override
    public String className() {
        return "MistralForCausalLM";
    }

    @Override
    public Set<String> keys() {
        return Set.of("head_dim", LayerWindows.KEY, "layer_types");
    }

    @Override
    public List<LayerSpec> layers(JsonFields config, RopeReader rope) {
        GroupedHeads heads = GroupedHeads.read(config, KV_HEADS);
        var feedForward = new FeedForwardSpec.Dense(config.width("intermediate_size"), false);
        return Arrays.stream(LayerWindows.same(config, WINDOW))
                .mapToObj(window -> new LayerSpec(heads.plain(window), feedForward))
                .toList();
    }

    @Override
    public OptionalInt defaultBosId() {
        return OptionalInt.of(1);
    }

    @Override
    public Set<Integer> defaultEosIds() {
        return Set.of(2);
    }
}
