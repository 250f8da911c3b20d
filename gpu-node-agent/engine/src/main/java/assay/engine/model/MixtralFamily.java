package assay.engine.model;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Mixtral: Mistral with experts in each layer. Source: arXiv 2401.04088, 2. */
final class MixtralFamily implements Family {
    private static final int KV_HEADS = 8;
    private static final int EXPERTS = 8;
    private static final int EXPERTS_PER_TOKEN = 2;

    @Override
    public String className() {
        return "MixtralForCausalLM";
    }

    /** Of the router, noise and loss are for training. */
    @Override
    public Set<String> keys() {
        return Set.of(
                "head_dim",
                LayerWindows.KEY,
                "layer_types",
                "num_local_experts",
                "num_experts",
                "num_experts_per_tok",
                "output_router_logits",
                "router_aux_loss_coef",
                "router_jitter_noise");
    }

    @Override
    public List<LayerSpec> layers(JsonFields config, RopeReader rope) {
        GroupedHeads heads = GroupedHeads.read(config, KV_HEADS);
        var feedForward =
                ExpertCounts.read(
                                config,
                                "num_local_experts",
                                "num_experts",
                                EXPERTS,
                                EXPERTS_PER_TOKEN)
                        .softmax(config.width("intermediate_size"), true);
        return Arrays.stream(LayerWindows.same(config, 0))
                .mapToObj(window -> new LayerSpec(heads.plain(window), feedForward))
                .toList();
    }

    @Override
    public double defaultEpsilon() {
        return 1e-5;
    }

    @Override
    public double defaultTheta() {
        return 1_000_000;
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
