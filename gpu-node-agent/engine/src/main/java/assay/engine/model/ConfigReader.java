package assay.engine.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Set;

/**
 * config.json to {@link ModelSpec}. A key is either read, or known to leave the arithmetic of
 * inference alone, or refused: new keys of new models are not guessed at. A key that is absent
 * means what transformers takes it for; sizes that no two models share must be there.
 */
final class ConfigReader {
    /** Keys that all families read. */
    private static final Set<String> READ =
            Set.of(
                    "model_type",
                    "architectures",
                    "vocab_size",
                    "hidden_size",
                    "intermediate_size",
                    JsonFields.LAYER_COUNT,
                    "num_attention_heads",
                    "num_key_value_heads",
                    "hidden_act",
                    "max_position_embeddings",
                    "rms_norm_eps",
                    "tie_word_embeddings",
                    "bos_token_id",
                    "eos_token_id",
                    Quantization.KEY);

    /** Keys of training, of bookkeeping, or that the files themselves answer. */
    private static final Set<String> HARMLESS =
            Set.of(
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
                    "max_length",
                    "do_sample",
                    "temperature",
                    "top_k",
                    "top_p",
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

    /** Two names for x * sigmoid(x). */
    private static final Set<String> ACTIVATIONS = Set.of("silu", "swish");

    private final Path folder;
    private final JsonFields config;

    ConfigReader(Path folder) {
        this.folder = folder;
        this.config = JsonFields.read(folder.resolve("config.json"));
    }

    ModelSpec read() {
        String modelType = config.text("model_type");
        Family family = Family.of(modelType).orElseThrow(() -> config.unsupported("model_type"));
        checkArchitectures(family);
        refuseUnknownKeys(family);
        if (config.has("hidden_act") && !ACTIVATIONS.contains(config.text("hidden_act"))) {
            throw config.unsupported("hidden_act");
        }
        Quantization.check(config);
        int context = config.count("max_position_embeddings");
        RopeReader rope = new RopeReader(config, family.defaultTheta(), context);
        return new ModelSpec(
                modelType,
                config.count("vocab_size"),
                config.width("hidden_size"),
                context,
                (float) config.positive("rms_norm_eps", family.defaultEpsilon()),
                family.layers(config, rope),
                rope.read(),
                family.pairing(config),
                config.flag("tie_word_embeddings", false),
                bosId(family),
                eosIds(family));
    }

    private void checkArchitectures(Family family) {
        for (String name : config.texts("architectures")) {
            if (!name.equals(family.className())) {
                throw config.unsupported("architectures");
            }
        }
    }

    private void refuseUnknownKeys(Family family) {
        for (String name : config.names()) {
            boolean known =
                    READ.contains(name)
                            || RopeReader.KEYS.contains(name)
                            || HARMLESS.contains(name)
                            || family.keys().contains(name)
                            || name.startsWith("_");
            if (!known && config.says(name)) {
                throw config.unsupported(name);
            }
        }
    }

    private OptionalInt bosId(Family family) {
        return config.isAbsent("bos_token_id")
                ? family.defaultBosId()
                : config.ids("bos_token_id").stream().mapToInt(Integer::intValue).findFirst();
    }

    private Set<Integer> eosIds(Family family) {
        Path generation = folder.resolve("generation_config.json");
        if (Files.exists(generation)) {
            Set<Integer> ids = JsonFields.read(generation).ids("eos_token_id");
            if (!ids.isEmpty()) {
                return ids;
            }
        }
        return config.isAbsent("eos_token_id")
                ? family.defaultEosIds()
                : config.ids("eos_token_id");
    }
}
