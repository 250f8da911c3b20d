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
            throw invalid("temperature: " + temperature, "0.." + TEMPERATURE_MAX);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw invalid("top_p: " + topP, "above 0, at most 1");
        }
        if (topK < 0) {
            throw invalid("top_k: " + topK, "at least 0");
        }
    }

    public boolean greedy() {
        return temperature == 0 || topK == 1;
    }

    private static EngineException invalid(String value, String expected) {
        return new EngineException(
                ErrorCode.REQUEST_INVALID, value + " (expected: " + expected + ")");
    }
}
