package assay.engine.model;

import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Llama 1 to 3 and what is shaped like it. Source: LLaMA (arXiv 2302.13971), 2.2. */
final class LlamaFamily implements Family {
    @Override
    public String className() {
        return "LlamaForCausalLM";
    }

    /** pretraining_tp only cuts products into parts that are added again. */
    @Override
    public Set<String> keys() {
        return Set.of("head_dim", "attention_bias", "mlp_bias", "pretraining_tp");
    }

    @Override
    public List<LayerSpec> layers(JsonFields config, RopeReader rope) {
        boolean bias = config.flag("attention_bias", false);
        GroupedHeads heads = GroupedHeads.read(config, config.count("num_attention_heads"));
        var attention =
                new AttentionSpec.GroupedQuery(
                        heads.heads(), heads.kvHeads(), heads.headDim(), bias, bias, false, 0);
        var feedForward =
                new FeedForwardSpec.Dense(
                        config.width("intermediate_size"), config.flag("mlp_bias", false));
        return Collections.nCopies(config.layerCount(), new LayerSpec(attention, feedForward));
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
