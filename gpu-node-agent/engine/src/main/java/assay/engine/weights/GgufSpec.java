package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.RotaryPairing;
import assay.engine.model.AttentionSpec;
import assay.engine.model.FeedForwardSpec;
import assay.engine.model.LayerSpec;
import assay.engine.model.ModelSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * A GGUF file's metadata to {@link ModelSpec}. As with config.json, a key of the architecture is
 * read, or known to leave the arithmetic alone, or refused; so is a tensor that no layer asks for.
 * Source of keys and defaults: {@code docs/gguf.md} of ggml, {@code src/llama-arch.cpp} and {@code
 * src/llama-model.cpp} of llama.cpp.
 */
final class GgufSpec {
    private static final String MIXTRAL = "mixtral";
    private static final String DEEPSEEK = "deepseek_v3";

    /** {@code general.architecture} to the name that config.json would have. */
    private static final Map<String, String> MODEL_TYPES =
            Map.of(
                    "llama", "llama",
                    "qwen2", "qwen2",
                    "qwen3", "qwen3",
                    "qwen3moe", "qwen3_moe",
                    "deepseek2", DEEPSEEK);

    private static final Set<String> READ =
            Set.of(
                    "context_length",
                    "embedding_length",
                    "block_count",
                    "feed_forward_length",
                    "attention.head_count",
                    "attention.head_count_kv",
                    "attention.key_length",
                    "attention.value_length",
                    "attention.key_length_mla",
                    "attention.value_length_mla",
                    "attention.layer_norm_rms_epsilon",
                    "attention.sliding_window",
                    "attention.q_lora_rank",
                    "attention.kv_lora_rank",
                    "rope.dimension_count",
                    "expert_count",
                    "expert_used_count",
                    "expert_shared_count",
                    "expert_feed_forward_length",
                    "expert_shared_feed_forward_length",
                    "expert_weights_scale",
                    "expert_weights_norm",
                    "expert_gating_func",
                    "expert_group_count",
                    "expert_group_used_count",
                    "leading_dense_block_count",
                    "nextn_predict_layers");

    /** Said again by the tensors, or of no meaning here. */
    private static final Set<String> HARMLESS =
            Set.of("vocab_size", "tensor_data_layout", "rope.scaling.finetuned");

    /** Beyond any model there is; a number in a file must not decide how much memory it takes. */
    private static final int LAYERS_MAX = 4_096;

    private final GgufMetadata metadata;
    private final Checkpoint tensors;
    private final String architecture;
    private final GgufRope rope;

    GgufSpec(GgufMetadata metadata, Checkpoint tensors) {
        this.metadata = metadata;
        this.tensors = tensors;
        this.architecture = metadata.text("general.architecture");
        this.rope = new GgufRope(metadata, tensors);
    }

    ModelSpec read() {
        String modelType = MODEL_TYPES.get(architecture);
        if (modelType == null) {
            throw metadata.unsupported("general.architecture");
        }
        refuseUnknown();
        int layerCount = count("block_count") - metadata.count(key("nextn_predict_layers"), 0, 0);
        if (layerCount < 1 || layerCount > LAYERS_MAX) {
            throw metadata.wrong(key("block_count"), "1.." + LAYERS_MAX + " layers");
        }
        List<Long> embedding = tensors.tensor(TensorNames.EMBEDDING).shape();
        List<LayerSpec> layers = new ArrayList<>();
        for (int i = 0; i < layerCount; i++) {
            layers.add(new LayerSpec(attention(i), feedForward(i)));
        }
        boolean experts = modelType.equals("llama") && metadata.has(key("expert_count"));
        return new ModelSpec(
                experts && count("expert_count", 0) > 0 ? MIXTRAL : modelType,
                Math.toIntExact(embedding.getFirst()),
                count("embedding_length"),
                count("context_length"),
                (float) positive("attention.layer_norm_rms_epsilon"),
                layers,
                rope.read(layers.getFirst().attention().turnedDim()),
                pairing(),
                !tensors.has("lm_head.weight"),
                id("tokenizer.ggml.bos_token_id"),
                eosIds());
    }

    /** Rows of llama's q and k stand as its rotary code wants them: neighbours are turned. */
    private RotaryPairing pairing() {
        return switch (architecture) {
            case "llama", "deepseek2" -> RotaryPairing.PAIRS;
            default -> RotaryPairing.HALVES;
        };
    }

    private void refuseUnknown() {
        String prefix = architecture + ".";
        for (String name : metadata.keys()) {
            if (name.startsWith(prefix)) {
                String own = name.substring(prefix.length());
                if (!READ.contains(own) && !HARMLESS.contains(own) && !GgufRope.reads(own)) {
                    throw metadata.unsupported(name);
                }
            } else if (!name.matches("(general|tokenizer|split|quantize|imatrix)\\..*")) {
                throw metadata.unsupported(name);
            }
        }
        for (String name : tensors.names()) {
            boolean known =
                    name.startsWith("model.")
                            || name.startsWith("lm_head.")
                            || name.equals(GgufRope.DIVISORS);
            if (!known) {
                throw new EngineException(
                        ErrorCode.MODEL_UNSUPPORTED,
                        "%s: tensor %s, which this engine has no use for"
                                .formatted(metadata.file(), name));
            }
        }
    }

    private String key(String own) {
        return architecture + "." + own;
    }

    private int count(String own) {
        return metadata.count(key(own), 1);
    }

    private int count(String own, int otherwise) {
        return metadata.count(key(own), 0, otherwise);
    }

    private double positive(String own) {
        double number = metadata.number(key(own));
        if (!(number > 0)) {
            throw metadata.wrong(key(own), "above 0");
        }
        return number;
    }

    private AttentionSpec attention(int layerIndex) {
        int heads = count("attention.head_count");
        if (architecture.equals("deepseek2")) {
            return latent(heads);
        }
        int kvHeads = metadata.count(key("attention.head_count_kv"), 1, heads);
        if (heads % kvHeads != 0) {
            throw metadata.wrong(key("attention.head_count_kv"), "a divisor of " + heads);
        }
        int headDim = count("attention.key_length", count("embedding_length") / heads);
        if (headDim < 2 || headDim % 2 != 0) {
            throw metadata.wrong(key("attention.key_length"), "an even number");
        }
        if (count("attention.value_length", headDim) != headDim) {
            throw metadata.unsupported(key("attention.value_length"));
        }
        if (count("rope.dimension_count", headDim) != headDim) {
            throw metadata.unsupported(key("rope.dimension_count"));
        }
        return new AttentionSpec.GroupedQuery(
                heads,
                kvHeads,
                headDim,
                inLayer(layerIndex, "self_attn.q_proj.bias"),
                inLayer(layerIndex, "self_attn.o_proj.bias"),
                inLayer(layerIndex, "self_attn.q_norm.weight"),
                count("attention.sliding_window", 0));
    }

    private boolean inLayer(int layerIndex, String name) {
        return tensors.has("model.layers.%d.%s".formatted(layerIndex, name));
    }

    private AttentionSpec latent(int heads) {
        // Newer files give the lengths of the one head that all share under the plain names.
        String mla = metadata.has(key("attention.key_length_mla")) ? "_mla" : "";
        int keyLength = count("attention.key_length" + mla);
        int valueLength = count("attention.value_length" + mla);
        int turned = count("rope.dimension_count");
        if (keyLength <= turned || turned % 2 != 0) {
            throw metadata.wrong(key("rope.dimension_count"), "even, below " + keyLength);
        }
        double gain = rope.gainOfAllElements();
        return new AttentionSpec.Latent(
                heads,
                count("attention.q_lora_rank", 0),
                count("attention.kv_lora_rank"),
                keyLength - turned,
                turned,
                valueLength,
                false,
                (float) (gain * gain / Math.sqrt(keyLength)));
    }

    private FeedForwardSpec feedForward(int layerIndex) {
        int experts = count("expert_count", 0);
        if (experts == 0 || layerIndex < count("leading_dense_block_count", 0)) {
            return new FeedForwardSpec.Dense(
                    count("feed_forward_length"), inLayer(layerIndex, "mlp.gate_proj.bias"));
        }
        int perToken = count("expert_used_count");
        if (perToken > experts) {
            throw metadata.wrong(key("expert_used_count"), "at most " + experts);
        }
        int inner =
                metadata.has(key("expert_feed_forward_length"))
                        ? count("expert_feed_forward_length")
                        : count("feed_forward_length");
        int shared = Math.multiplyExact(count("expert_shared_count", 0), inner);
        return new FeedForwardSpec.Experts(
                experts,
                perToken,
                inner,
                count("expert_shared_feed_forward_length", shared),
                router());
    }

    /**
     * 2 is a sigmoid; softmax is 1, or said by silence. Of DeepSeek's weights silence says that
     * they are not normalised.
     */
    private FeedForwardSpec.Router router() {
        boolean deepseek = architecture.equals("deepseek2");
        int gating = count("expert_gating_func", 1);
        if (gating != (deepseek ? 2 : 1)) {
            throw metadata.unsupported(key("expert_gating_func"));
        }
        boolean normalised = metadata.flag(key("expert_weights_norm"), !deepseek);
        double scale = metadata.number(key("expert_weights_scale"), 1);
        if (deepseek) {
            return new FeedForwardSpec.Router.GroupedSigmoid(
                    count("expert_group_count"),
                    count("expert_group_used_count"),
                    normalised,
                    scale == 0 ? 1 : (float) scale);
        }
        if (scale != 1 && scale != 0) {
            throw metadata.unsupported(key("expert_weights_scale"));
        }
        return new FeedForwardSpec.Router.Softmax(normalised);
    }

    private OptionalInt id(String key) {
        return metadata.has(key) ? OptionalInt.of(metadata.count(key, 0)) : OptionalInt.empty();
    }

    /** End of text, and of a turn where the vocabulary has a token of its own for it. */
    private Set<Integer> eosIds() {
        Set<Integer> ids = new TreeSet<>();
        for (String name : List.of("eos", "eot", "eom")) {
            Optional.of(id("tokenizer.ggml." + name + "_token_id"))
                    .filter(OptionalInt::isPresent)
                    .ifPresent(id -> ids.add(id.getAsInt()));
        }
        return ids;
    }
}
