package assay.engine.model;

import assay.engine.kernel.RotaryPairing;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * DeepSeek-V3 and R1: latent attention, dense layers first, then experts. Layers that predict more
 * than one token ahead follow the last one in the files and are not part of it. Source: arXiv
 * 2412.19437, 2.1.
 */
final class DeepseekV3Family implements Family {
    @Override
    public String className() {
        return "DeepseekV3ForCausalLM";
    }

    /** ep_size, seq_aux, aux_loss_alpha and pretraining_tp are for training and placement. */
    @Override
    public Set<String> keys() {
        return Set.of(
                "head_dim",
                "attention_bias",
                "q_lora_rank",
                "kv_lora_rank",
                "qk_head_dim",
                "qk_nope_head_dim",
                "qk_rope_head_dim",
                "v_head_dim",
                "rope_interleave",
                "n_routed_experts",
                "num_local_experts",
                "num_experts_per_tok",
                "n_shared_experts",
                "n_group",
                "topk_group",
                "topk_method",
                "scoring_func",
                "norm_topk_prob",
                "routed_scaling_factor",
                "moe_intermediate_size",
                "moe_layer_freq",
                "first_k_dense_replace",
                "num_nextn_predict_layers",
                "num_mtp_layers",
                "ep_size",
                "seq_aux",
                "aux_loss_alpha",
                "pretraining_tp");
    }

    @Override
    public List<LayerSpec> layers(JsonFields config, RopeReader rope) {
        AttentionSpec attention = attention(config, rope);
        if (config.count("moe_layer_freq", 1) != 1) {
            // The published code follows it, transformers passes it over.
            throw config.unsupported("moe_layer_freq");
        }
        int denseLayers = config.natural("first_k_dense_replace", 3);
        List<LayerSpec> layers = new ArrayList<>();
        for (int i = 0; i < config.layerCount(); i++) {
            FeedForwardSpec feedForward =
                    i < denseLayers
                            ? new FeedForwardSpec.Dense(config.width("intermediate_size"), false)
                            : experts(config);
            layers.add(new LayerSpec(attention, feedForward));
        }
        return layers;
    }

    private static AttentionSpec attention(JsonFields config, RopeReader rope) {
        int heads = config.count("num_attention_heads");
        if (config.has("num_key_value_heads") && config.count("num_key_value_heads") != heads) {
            throw config.wrong("num_key_value_heads", String.valueOf(heads));
        }
        int queryRank = config.isNull("q_lora_rank") ? 0 : config.count("q_lora_rank", 1_536);
        int latentRank = config.count("kv_lora_rank", 512);
        int plain = config.count("qk_nope_head_dim", 128);
        int turned = config.count("qk_rope_head_dim", 64);
        int value = config.count("v_head_dim", 128);
        if (turned % 2 != 0) {
            throw config.wrong("qk_rope_head_dim", "an even number");
        }
        requireDerived(config, "head_dim", turned);
        requireDerived(config, "qk_head_dim", plain + turned);
        long widest = Math.max(latentRank + (long) turned, (long) plain + value);
        GroupedHeads.requireWidth(config, "num_attention_heads", heads * widest);
        GroupedHeads.requireWidth(config, "q_lora_rank", queryRank);
        double gain = rope.gainOfAllElements();
        return new AttentionSpec.Latent(
                heads,
                queryRank,
                latentRank,
                plain,
                turned,
                value,
                config.flag("attention_bias", false),
                (float) (gain * gain / Math.sqrt(plain + turned)));
    }

    /** Files repeat what follows from other fields; another value would mean another model. */
    private static void requireDerived(JsonFields config, String name, int value) {
        if (config.has(name) && config.count(name) != value) {
            throw config.wrong(name, String.valueOf(value));
        }
    }

    private static FeedForwardSpec experts(JsonFields config) {
        requireText(config, "topk_method", "noaux_tc");
        requireText(config, "scoring_func", "sigmoid");
        ExpertCounts counts =
                ExpertCounts.read(config, "n_routed_experts", "num_local_experts", 256, 8);
        int groups = config.count("n_group", 8);
        int kept = config.count("topk_group", 4);
        int ofGroup = counts.count() / groups;
        if (counts.count() % groups != 0 || ofGroup < 2) {
            throw config.wrong("n_group", "groups of at least 2 of " + counts.count());
        }
        if (kept > groups || kept * ofGroup < counts.perToken()) {
            throw config.wrong("topk_group", "at most n_group, with enough experts to choose from");
        }
        int inner = config.width("moe_intermediate_size");
        long shared = (long) inner * config.natural("n_shared_experts", 1);
        GroupedHeads.requireWidth(config, "n_shared_experts", shared);
        return new FeedForwardSpec.Experts(
                counts.count(),
                counts.perToken(),
                inner,
                (int) shared,
                new FeedForwardSpec.Router.GroupedSigmoid(
                        groups,
                        kept,
                        config.flag("norm_topk_prob", true),
                        (float) config.positive("routed_scaling_factor", 2.5)));
    }

    private static void requireText(JsonFields config, String name, String value) {
        if (config.has(name) && !config.text(name).equals(value)) {
            throw config.unsupported(name);
        }
    }

    @Override
    public RotaryPairing pairing(JsonFields config) {
        return config.flag("rope_interleave", true) ? RotaryPairing.PAIRS : RotaryPairing.HALVES;
    }

    @Override
    public OptionalInt defaultBosId() {
        return OptionalInt.of(0);
    }

    @Override
    public Set<Integer> defaultEosIds() {
        return Set.of(1);
    }
}
