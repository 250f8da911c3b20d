package assay.engine.model;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The rotation that a config asks for, in both spellings: newer ones keep all of it in {@code
 * rope_parameters}, older ones have {@code rope_theta} beside {@code rope_scaling}. Source: {@code
 * modeling_rope_utils.py} of transformers 5.17.
 */
final class RopeReader {
    /** What configs read here hold, of all families. */
    static final Set<String> KEYS = Set.of("rope_theta", "rope_scaling", "rope_parameters");

    /** Known wherever they stand; those that the type does not use say nothing. */
    private static final Set<String> KNOWN =
            Set.of(
                    "rope_type",
                    "type",
                    "rope_theta",
                    "factor",
                    "low_freq_factor",
                    "high_freq_factor",
                    "original_max_position_embeddings");

    /** Known for YaRN alone: elsewhere somebody may have meant them. */
    private static final Set<String> YARN =
            Set.of(
                    "attention_factor",
                    "beta_fast",
                    "beta_slow",
                    "mscale",
                    "mscale_all_dim",
                    "truncate");

    private static final double FAST_TURNS = 32;
    private static final double SLOW_TURNS = 1;

    private final JsonFields config;
    private final Optional<JsonFields> rope;
    private final double theta;
    private final int contextTokens;

    /**
     * @param defaultTheta the family's, where the config names none
     */
    RopeReader(JsonFields config, double defaultTheta, int contextTokens) {
        boolean older = config.says("rope_scaling");
        if (older && config.says("rope_parameters")) {
            throw config.wrong("rope_scaling", "not beside rope_parameters");
        }
        this.config = config;
        String key = older ? "rope_scaling" : "rope_parameters";
        this.rope = config.object(key);
        if (rope.isEmpty() && config.says(key)) {
            throw config.unsupported(key);
        }
        double outer = config.positive("rope_theta", defaultTheta);
        this.theta = rope.map(fields -> fields.positive("rope_theta", outer)).orElse(outer);
        this.contextTokens = contextTokens;
    }

    RopeSpec read() {
        if (rope.isEmpty()) {
            return new RopeSpec.Plain(theta);
        }
        JsonFields fields = rope.get();
        String key = typeKey(fields);
        String type = type(fields);
        Set<String> known = new HashSet<>(KNOWN);
        if (type.equals("yarn")) {
            known.addAll(YARN);
        }
        for (String name : fields.names()) {
            if (!known.contains(name) && fields.says(name)) {
                throw fields.unsupported(name);
            }
        }
        return switch (type) {
            case "default" -> new RopeSpec.Plain(theta);
            case "linear" -> new RopeSpec.Linear(theta, fields.positive("factor"));
            case "llama3" -> llama3(fields);
            case "yarn" -> yarn(fields);
            default -> throw fields.unsupported(key);
        };
    }

    private static String typeKey(JsonFields fields) {
        return fields.has("rope_type") || !fields.has("type") ? "rope_type" : "type";
    }

    private static String type(JsonFields fields) {
        String key = typeKey(fields);
        return fields.has(key) ? fields.text(key) : "default";
    }

    private RopeSpec llama3(JsonFields fields) {
        double low = fields.positive("low_freq_factor");
        double high = fields.positive("high_freq_factor");
        if (high <= low) {
            throw fields.wrong("high_freq_factor", "above low_freq_factor");
        }
        return new RopeSpec.Llama3(theta, fields.positive("factor"), low, high, original(fields));
    }

    private RopeSpec yarn(JsonFields fields) {
        if (theta <= 1) {
            throw (fields.has("rope_theta") ? fields : config).wrong("rope_theta", "above 1");
        }
        double fast = fields.nonZero("beta_fast", FAST_TURNS);
        double slow = fields.nonZero("beta_slow", SLOW_TURNS);
        if (fast < slow) {
            throw fields.wrong("beta_fast", "at least beta_slow");
        }
        double factor = fields.positive("factor");
        return new RopeSpec.Yarn(
                theta,
                factor,
                original(fields),
                fast,
                slow,
                fields.flag("truncate", true),
                magnitude(fields, factor));
    }

    private int original(JsonFields fields) {
        return fields.count("original_max_position_embeddings", contextTokens);
    }

    private static double magnitude(JsonFields fields, double factor) {
        if (fields.has("attention_factor")) {
            return fields.positive("attention_factor");
        }
        double mscale = fields.nonZero("mscale", 0);
        double allDim = fields.nonZero("mscale_all_dim", 0);
        return mscale != 0 && allDim != 0
                ? RopeSpec.Yarn.gain(factor, mscale) / RopeSpec.Yarn.gain(factor, allDim)
                : RopeSpec.Yarn.gain(factor, 1);
    }

    /**
     * What DeepSeek multiplies each side of a score by, beside the cosines and sines: its share of
     * the gain that also goes to elements that are not turned.
     */
    double gainOfAllElements() {
        if (rope.isEmpty() || !type(rope.get()).equals("yarn")) {
            return 1;
        }
        double allDim = rope.get().nonZero("mscale_all_dim", 0);
        return allDim == 0 ? 1 : RopeSpec.Yarn.gain(rope.get().positive("factor"), allDim);
    }
}
