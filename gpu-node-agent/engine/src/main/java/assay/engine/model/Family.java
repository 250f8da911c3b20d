package assay.engine.model;

import assay.engine.kernel.RotaryPairing;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * One {@code model_type}: which keys its config may hold, and what is meant where one is absent.
 * Source of every default: {@code configuration_*.py} of transformers 5.17, whose classes carry the
 * same names. Stateless.
 */
sealed interface Family
        permits LlamaFamily,
                MistralFamily,
                Qwen2Family,
                Qwen3Family,
                MixtralFamily,
                Qwen3MoeFamily,
                DeepseekV3Family {
    /** The family of that {@code model_type}, if this engine computes it. */
    static Optional<Family> of(String modelType) {
        return switch (modelType) {
            case "llama" -> Optional.of(new LlamaFamily());
            case "mistral" -> Optional.of(new MistralFamily());
            case "qwen2" -> Optional.of(new Qwen2Family());
            case "qwen3" -> Optional.of(new Qwen3Family());
            case "mixtral" -> Optional.of(new MixtralFamily());
            case "qwen3_moe" -> Optional.of(new Qwen3MoeFamily());
            case "deepseek_v3" -> Optional.of(new DeepseekV3Family());
            default -> Optional.empty();
        };
    }

    /** The class that the files name as their architecture. */
    String className();

    /** Keys of this family alone, read or harmless. */
    Set<String> keys();

    List<LayerSpec> layers(JsonFields config, RopeReader rope);

    default double defaultEpsilon() {
        return 1e-6;
    }

    default double defaultTheta() {
        return 10_000;
    }

    default OptionalInt defaultBosId() {
        return OptionalInt.empty();
    }

    default Set<Integer> defaultEosIds() {
        return Set.of();
    }

    default RotaryPairing pairing(JsonFields config) {
        return RotaryPairing.HALVES;
    }
}
