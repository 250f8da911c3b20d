package assay.engine.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Qwen3 with experts in some or all layers. Source: arXiv 2505.09388, 2. */
final class Qwen3MoeFamily implements Family {
    private static final int KV_HEADS = 4;
    private static final int EXPERTS = 128;
    private static final int EXPERTS_PER_TOKEN = 8;

    @Override
    public String className() {
        return "Qwen3MoeForCausalLM";
    }

    @Override
    public Set<String> keys() {
        return Set.of(
                "head_dim",
                "attention_bias",
                LayerWindows.KEY,
                "use_sliding_window",
                "max_window_layers",
                "layer_types",
                "num_experts",
                "num_local_experts",
                "num_experts_per_tok",
                "moe_intermediate_size",
                "norm_topk_prob",
                "decoder_sparse_step",
                "mlp_only_layers",
                "output_router_logits",
                "router_aux_loss_coef");
    }

    @Override
    public List<LayerSpec> layers(JsonFields config, RopeReader rope) {
        boolean bias = config.flag("attention_bias", false);
        GroupedHeads heads = GroupedHeads.read(config, KV_HEADS);
        int[] windows = LayerWindows.sameIfUsed(config);
        if (config.flag("use_sliding_window", false) && config.has("max_window_layers")) {
            // Older releases began the window at that layer, newer ones pass it over.
            throw config.unsupported("max_window_layers");
        }
        List<LayerSpec> layers = new ArrayList<>();
        for (int i = 0; i < windows.length; i++) {
            layers.add(
                    new LayerSpec(
                            heads.attention(bias, bias, true, windows[i]), feedForward(config, i)));
        }
        return layers;
    }

    private static FeedForwardSpec feedForward(JsonFields config, int layerIndex) {
        ExpertCounts experts =
                ExpertCounts.read(
                        config, "num_experts", "num_local_experts", EXPERTS, EXPERTS_PER_TOKEN);
        boolean sparse =
                experts.count() > 0
                        && !config.ids("mlp_only_layers").contains(layerIndex)
                        && (layerIndex + 1) % config.count("decoder_sparse_step", 1) == 0;
        return sparse
                ? experts.softmax(
                        config.width("moe_intermediate_size"), config.flag("norm_topk_prob", false))
                : new FeedForwardSpec.Dense(config.width("intermediate_size"), false);
    }
}
