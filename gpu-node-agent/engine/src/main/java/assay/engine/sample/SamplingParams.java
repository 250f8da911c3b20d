package assay.engine.sample;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * How an id is chosen. Immutable.
 *
 * @param temperature 0 takes the likeliest id; above 0 divides the logits
 * @param topP keeps the likeliest ids until they hold this share, above 0 and at most 1 (all)
 * @param topK keeps that many of the likeliest ids; 0 keeps all
 * @param seed of the noise
 */
public record SamplingParams(float temperature, float topP, int topK, long seed) {
    /** The likeliest id, always. */
    public static final SamplingParams GREEDY = new SamplingParams(0, 1, 0, 0);

    /** Above it the distribution is flat for any practical purpose. */
    public static final float TEMPERATURE_MAX = 100;

    public SamplingParams {
        if (!(temperature >= 0 && temperature <= TEMPERATURE_MAX)) {
            throw invalid("temperature: %s (expected: 0..%s)", temperature, TEMPERATURE_MAX);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw invalid("top_p: %s (expected: above 0, at most 1)", topP);
        }
        if (topK < 0) {
            throw invalid("top_k: %s (expected: at least 0)", topK);
        }
    }

    public boolean greedy() {
        return temperature == 0 || topK == 1;
    }

    private static EngineException invalid(String format, Object... args) {
        return new EngineException(ErrorCode.REQUEST_INVALID, format.formatted(args));
    }
}
