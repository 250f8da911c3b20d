package assay.engine.model;

import assay.engine.kernel.RotaryPairing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.OptionalInt;
import java.util.Set;

/**
 * config.json to {@link ModelSpec}. A key is either read, or known to leave the arithmetic of
 * inference alone, or refused: new keys of new models are not guessed at.
 */
final class ConfigReader {
    private static final Set<String> ARCHITECTURES = Set.of("LlamaForCausalLM");

    /** Keys that {@link #read} looks at. */
    private static final Set<String> READ =
            Set.of(
                    "architectures",
                    "vocab_size",
                    "hidden_size",
                    "intermediate_size",
                    "num_hidden_layers",
                    "num_attention_heads",
                    "num_key_value_heads",
                    "head_dim",
                    "hidden_act",
                    "max_position_embeddings",
                    "rms_norm_eps",
                    "rope_theta",
                    "rope_scaling",
                    "rope_parameters",
                    "tie_word_embeddings",
                    "pretraining_tp",
                    "bos_token_id",
                    "eos_token_id");

    /** Keys of training, of bookkeeping, or that the files themselves answer. */
    private static final Set<String> HARMLESS =
            Set.of(
                    "model_type",
                    "torch_dtype",
                    "dtype",
                    "initializer_range",
                    "use_cache",
                    "attention_dropout",
                    "hidden_dropout",
                    "residual_dropout",
                    "pad_token_id",
                    "transformers_version",
                    "output_attentions",
                    "output_hidden_states",
                    "return_dict",
                    "max_sequence_length",
                    "model_max_length",
                    "auto_map",
                    "is_encoder_decoder",
                    "is_decoder",
                    "id2label",
                    "label2id",
                    "problem_type",
                    "task_specific_params",
                    "tokenizer_class",
                    "torchscript",
                    "chunk_size_feed_forward",
                    "unsloth_version",
                    "unsloth_fixed");

    private static final Set<String> ROPE_READ =
            Set.of(
                    "rope_type",
                    "type",
                    "rope_theta",
                    "factor",
                    "low_freq_factor",
                    "high_freq_factor",
                    "original_max_position_embeddings");

    private final Path folder;
    private final JsonFields config;

    ConfigReader(Path folder) {
        this.folder = folder;
        this.config = JsonFields.read(folder.resolve("config.json"));
    }

    ModelSpec read() {
        String architecture = architecture();
        refuseUnknownKeys();
        if (!config.text("hidden_act").equals("silu")) {
            throw config.unsupported("hidden_act");
        }
        if (config.count("pretraining_tp", 1) != 1) {
            throw config.unsupported("pretraining_tp");
        }
        int hidden = config.count("hidden_size");
        int heads = config.count("num_attention_heads");
        int kvHeads = config.count("num_key_value_heads", heads);
        int context = config.count("max_position_embeddings");
        if (heads % kvHeads != 0) {
            throw config.wrong("num_key_value_heads", "a divisor of " + heads);
        }
        int headDim = headDim(hidden, heads);
        LayerSpec layer =
                new LayerSpec(
                        new AttentionSpec.GroupedQuery(
                                heads, kvHeads, headDim, false, false, false, 0),
                        new FeedForwardSpec.Dense(config.count("intermediate_size"), false));
        return new ModelSpec(
                architecture,
                config.count("vocab_size"),
                hidden,
                context,
                (float) config.positive("rms_norm_eps"),
                Collections.nCopies(config.count("num_hidden_layers"), layer),
                rope(context),
                RotaryPairing.HALVES,
                config.flag("tie_word_embeddings", false),
                bosId(),
                eosIds());
    }

    private String architecture() {
        Set<String> names = config.texts("architectures");
        if (names.size() != 1 || !ARCHITECTURES.containsAll(names)) {
            throw config.unsupported("architectures");
        }
        return names.iterator().next();
    }

    private void refuseUnknownKeys() {
        for (String name : config.names()) {
            boolean known = READ.contains(name) || HARMLESS.contains(name) || name.startsWith("_");
            if (!known && config.says(name)) {
                throw config.unsupported(name);
            }
        }
    }

    private int headDim(int hidden, int heads) {
        if (!config.has("head_dim") && hidden % heads != 0) {
            throw config.wrong("num_attention_heads", "a divisor of " + hidden);
        }
        int headDim = config.count("head_dim", hidden / heads);
        if (headDim % 2 != 0) {
            throw config.wrong("head_dim", "an even number");
        }
        return headDim;
    }

    /**
     * Newer configs keep all of it in rope_parameters, older ones have rope_theta beside
     * rope_scaling.
     */
    private RopeSpec rope(int contextTokens) {
        double theta = config.positive("rope_theta", 10_000);
        var scaling = config.object("rope_parameters").or(() -> config.object("rope_scaling"));
        return scaling.isPresent()
                ? scaledRope(scaling.get(), theta, contextTokens)
                : new RopeSpec.Plain(theta);
    }

    private static RopeSpec scaledRope(JsonFields rope, double outerTheta, int contextTokens) {
        for (String name : rope.names()) {
            if (!ROPE_READ.contains(name) && rope.says(name)) {
                throw rope.unsupported(name);
            }
        }
        double theta = rope.positive("rope_theta", outerTheta);
        String key = rope.has("rope_type") || !rope.has("type") ? "rope_type" : "type";
        String type = rope.has(key) ? rope.text(key) : "default";
        return switch (type) {
            case "default" -> new RopeSpec.Plain(theta);
            case "linear" -> new RopeSpec.Linear(theta, rope.positive("factor"));
            case "llama3" -> llama3(rope, theta, contextTokens);
            default -> throw rope.unsupported(key);
        };
    }

    private static RopeSpec llama3(JsonFields rope, double theta, int contextTokens) {
        double low = rope.positive("low_freq_factor");
        double high = rope.positive("high_freq_factor");
        if (high <= low) {
            throw rope.wrong("high_freq_factor", "above low_freq_factor");
        }
        int original = rope.count("original_max_position_embeddings", contextTokens);
        return new RopeSpec.Llama3(theta, rope.positive("factor"), low, high, original);
    }

    private OptionalInt bosId() {
        return config.ids("bos_token_id").stream().mapToInt(Integer::intValue).findFirst();
    }

    private Set<Integer> eosIds() {
        Path generation = folder.resolve("generation_config.json");
        if (Files.exists(generation)) {
            Set<Integer> ids = JsonFields.read(generation).ids("eos_token_id");
            if (!ids.isEmpty()) {
                return ids;
            }
        }
        return config.ids("eos_token_id");
    }
}
