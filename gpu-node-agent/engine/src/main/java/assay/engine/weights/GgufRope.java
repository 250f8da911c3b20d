package assay.engine.weights;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.kernel.Tensor;
import assay.engine.model.RopeSpec;
import java.util.Set;

/**
 * The rotation that a GGUF file asks for. Where converters and llama.cpp do not mean the same by a
 * key, a value of which they make two things is refused. Source: {@code conversion/base.py}, {@code
 * src/llama-context.cpp} and {@code src/models/deepseek2.cpp} of llama.cpp.
 */
final class GgufRope {
    /** The tensor of what each frequency is divided by. */
    static final String DIVISORS = "rope_freqs.weight";

    private static final String SCALING = "rope.scaling.";
    private static final String TYPE = SCALING + "type";
    private static final String FACTOR = SCALING + "factor";
    private static final String CONTEXT = SCALING + "original_context_length";
    private static final String MULTIPLIER = SCALING + "attn_factor";
    private static final String MAGNITUDE = SCALING + "yarn_attn_factor";
    private static final String EXTRAPOLATION = SCALING + "yarn_ext_factor";
    private static final String FAST = SCALING + "yarn_beta_fast";
    private static final String SLOW = SCALING + "yarn_beta_slow";
    private static final String GAIN = SCALING + "yarn_log_multiplier";
    private static final Set<String> READ =
            Set.of(
                    "rope.freq_base",
                    "rope.scale_linear",
                    TYPE,
                    FACTOR,
                    CONTEXT,
                    MULTIPLIER,
                    MAGNITUDE,
                    EXTRAPOLATION,
                    FAST,
                    SLOW,
                    GAIN);

    private static final double FACTOR_ERROR = 1e-4;
    private static final double FAST_TURNS = 32;
    private static final double SLOW_TURNS = 1;

    /** What {@link #GAIN} has been multiplied by before it was written. */
    private static final double LOG_SHARE = 0.1;

    private static final double LLAMA3_LOW = 1;
    private static final double LLAMA3_HIGH = 4;
    private static final int LLAMA3_CONTEXT = 8_192;

    private final GgufMetadata metadata;
    private final Checkpoint tensors;
    private final String architecture;
    private final double theta;
    private final double factor;
    private final String type;

    GgufRope(GgufMetadata metadata, Checkpoint tensors) {
        this.metadata = metadata;
        this.tensors = tensors;
        this.architecture = metadata.text("general.architecture");
        this.theta = metadata.number(key("rope.freq_base"), 10_000);
        this.type = metadata.text(key(TYPE), "linear");
        this.factor = metadata.number(key(FACTOR), metadata.number(key("rope.scale_linear"), 1));
    }

    /** Whether a key, its architecture left out, is looked at here. */
    static boolean reads(String own) {
        return READ.contains(own);
    }

    private String key(String own) {
        return architecture + "." + own;
    }

    private boolean latent() {
        return architecture.equals("deepseek2");
    }

    /** The rotation of heads of which so many elements are turned. */
    RopeSpec read(int turnedDim) {
        RopeSpec rope =
                switch (type) {
                    case "none" -> new RopeSpec.Plain(theta);
                    case "linear" -> linear();
                    case "yarn" -> yarn();
                    default -> throw metadata.unsupported(key(TYPE));
                };
        if (!type.equals("yarn") && multiplier() != 1) {
            throw metadata.unsupported(key(MULTIPLIER));
        }
        return tensors.has(DIVISORS) ? llama3(rope, turnedDim) : rope;
    }

    private RopeSpec linear() {
        if (factor == 1 || factor == 0) {
            return new RopeSpec.Plain(theta);
        }
        if (latent()) {
            throw metadata.unsupported(key(TYPE), "yarn or none with latent attention");
        }
        return new RopeSpec.Linear(theta, factor);
    }

    /**
     * What DeepSeek multiplies each side of a score by, beside the cosines and sines. Its cosines
     * and sines are not multiplied: the files have one number for both gains and so mean that they
     * are the same.
     */
    double gainOfAllElements() {
        return type.equals("yarn") && factor > 1
                ? RopeSpec.Yarn.gain(factor, metadata.number(key(GAIN), 0) / LOG_SHARE)
                : 1;
    }

    private RopeSpec yarn() {
        if (factor < 1) {
            throw metadata.wrong(key(FACTOR), "at least 1");
        }
        if (theta <= 1) {
            throw metadata.wrong(key("rope.freq_base"), "above 1");
        }
        double extrapolation = metadata.number(key(EXTRAPOLATION), 1);
        if (extrapolation >= 0 && extrapolation != 1) {
            throw metadata.unsupported(key(EXTRAPOLATION), "1");
        }
        double fast = positive(FAST, FAST_TURNS);
        double slow = positive(SLOW, SLOW_TURNS);
        if (fast < slow) {
            throw metadata.wrong(key(FAST), "at least " + slow);
        }
        return new RopeSpec.Yarn(
                theta,
                factor,
                metadata.count(key(CONTEXT), 1, metadata.count(key("context_length"), 1)),
                fast,
                slow,
                true,
                magnitude());
    }

    private double magnitude() {
        double own = RopeSpec.Yarn.gain(factor, 1);
        if (Math.abs(metadata.number(key(MAGNITUDE), own) - own) > FACTOR_ERROR) {
            // For converters it replaces YaRN's own, for llama.cpp it multiplies that or is unread.
            throw metadata.unsupported(key(MAGNITUDE), "%.4f, YaRN's own".formatted(own));
        }
        if (!latent()) {
            if (metadata.number(key(GAIN), 0) != 0) {
                throw metadata.unsupported(key(GAIN), "0 but for latent attention");
            }
            return own * multiplier();
        }
        if (multiplier() != 1) {
            throw metadata.unsupported(key(MULTIPLIER), "1 with latent attention");
        }
        if (!(metadata.number(key(GAIN), 0) > 0)) {
            // At 0 llama.cpp scales scores where the configuration it was made from says nothing.
            throw metadata.unsupported(key(GAIN), "above 0 with latent attention and yarn");
        }
        return 1;
    }

    private double multiplier() {
        return positive(MULTIPLIER, 1);
    }

    private double positive(String own, double otherwise) {
        double number = metadata.number(key(own), otherwise);
        if (metadata.has(key(own)) && !(number > 0)) {
            throw metadata.wrong(key(own), "above 0");
        }
        return number;
    }

    /**
     * Converters write Llama 3.1's stretching as a divisor for each frequency, and say nothing of
     * where it comes from. The largest is the factor; with the bounds of all published models (1
     * and 4), any divisor between tells the original context. What does not fit is refused.
     */
    private RopeSpec llama3(RopeSpec rope, int turnedDim) {
        Tensor divisors = tensors.tensor(DIVISORS).matrix(turnedDim / 2);
        double factor = 1;
        for (int i = 0; i < divisors.width(); i++) {
            factor = Math.max(factor, divisors.get(0, i));
        }
        int context = LLAMA3_CONTEXT;
        for (int i = 0; i < divisors.width(); i++) {
            double divisor = divisors.get(0, i);
            if (divisor > 1 + FACTOR_ERROR && divisor < factor * (1 - FACTOR_ERROR)) {
                double smooth = (1 / divisor - 1 / factor) / (1 - 1 / factor);
                double wavelength = 2 * Math.PI / rope.inverseFrequency(i, turnedDim);
                context =
                        (int)
                                Math.rint(
                                        wavelength
                                                * (LLAMA3_LOW
                                                        + smooth * (LLAMA3_HIGH - LLAMA3_LOW)));
            }
        }
        RopeSpec candidate =
                new RopeSpec.Llama3(theta, factor, LLAMA3_LOW, LLAMA3_HIGH, Math.max(1, context));
        boolean same = rope instanceof RopeSpec.Plain && factor > 1;
        for (int i = 0; same && i < divisors.width(); i++) {
            double expected =
                    rope.inverseFrequency(i, turnedDim) / candidate.inverseFrequency(i, turnedDim);
            same = Math.abs(divisors.get(0, i) - expected) <= FACTOR_ERROR * expected;
        }
        if (!same) {
            throw new EngineException(
                    ErrorCode.MODEL_UNSUPPORTED,
                    "%s: tensor %s (expected: divisors of frequencies as Llama 3.1 has them)"
                            .formatted(metadata.file(), DIVISORS));
        }
        return candidate;
    }
}
