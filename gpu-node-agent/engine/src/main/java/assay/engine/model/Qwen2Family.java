package assay.engine.model;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Qwen2 and 2.5: biases on queries, keys and values. Source: arXiv 2407.10671, 2.2.1. */
final class Qwen2Family implements Family {
    private static final int KV_HEADS = 32;

    @Override
    public String className() {
        return "Qwen2ForCausalLM";
    }

    @Override
    public Set<String> keys() {
        return Set.of(
                "head_dim",
                LayerWindows.KEY,
                "use_sliding_window",
                "max_window_layers",
                "layer_types");
    }

    @Override
    public List<LayerSpec> layers(JsonFields config, RopeReader rope) {
        GroupedHeads heads = GroupedHeads.read(config, KV_HEADS);
        var feedForward = new FeedForwardSpec.Dense(config.width("intermediate_size"), false);
        return Arrays.stream(LayerWindows.listed(config))
                .mapToObj(window ->
                        new LayerSpec(heads.attention(true, false, false, window), feedForward))
                .toList();
    }
}
