package assay.engine.model;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Qwen3: queries and keys are normalised head by head. Source: arXiv 2505.09388, 2. */
final class Qwen3Family implements Family {
    private static final int KV_HEADS = 32;
    private static final int HEAD_DIM = 128;

    @Override
    public String className() {
        return "Qwen3ForCausalLM";
    }

    @Override
    public Set<String> keys() {
        return Set.of(
                "head_dim",
                "attention_bias",
                LayerWindows.KEY,
                "use_sliding_window",
                "max_window_layers",
                "layer_types");
    }

    @Override
    public List<LayerSpec> layers(JsonFields config, RopeReader rope) {
        boolean bias = config.flag("attention_bias", false);
        GroupedHeads heads = GroupedHeads.read(config, KV_HEADS, HEAD_DIM);
        var feedForward = new FeedForwardSpec.Dense(config.width("intermediate_size"), false);
        return Arrays.stream(LayerWindows.listed(config))
                .mapToObj(window ->
                        new LayerSpec(heads.attention(bias, bias, true, window), feedForward))
                .toList();
    }
}
