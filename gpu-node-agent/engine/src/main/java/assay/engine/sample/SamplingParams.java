package assay.engine.sample;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * How an id is chosen. Immutable.
 *
 * @param temperature 0 takes the likeliest id; above 0 divides the logits
 * @param cut which of the likeliest ids are kept
 * @param seed of the noise
 * @param penalties what makes ids less likely that were there before
 * @param bias what is added to some logits
 * @param topLogProbs how many of the likeliest ids come back with their log-probabilities, 0..20
 */
public record SamplingParams(
        float temperature,
        Cut cut,
        long seed,
        Penalties penalties,
        LogitBias bias,
        int topLogProbs) {
    /** The likeliest id, always. */
    public static final SamplingParams GREEDY = new SamplingParams(0, 1, 0, 0);

    /** Above it the distribution is flat for any practical purpose. */
    public static final float TEMPERATURE_MAX = 100;

    public static final int TOP_LOG_PROBS_MAX = 20;

    public SamplingParams {
        if (!(temperature >= 0 && temperature <= TEMPERATURE_MAX)) {
            throw invalid("temperature: " + temperature, "0.." + TEMPERATURE_MAX);
        }
        if (topLogProbs < 0 || topLogProbs > TOP_LOG_PROBS_MAX) {
            throw invalid("top_logprobs: " + topLogProbs, "0.." + TOP_LOG_PROBS_MAX);
        }
    }

    /** Nothing but the temperature and the plain cuts. */
    public SamplingParams(float temperature, float topP, int topK, long seed) {
        this(temperature, new Cut(0, topK, topP), seed, Penalties.NONE, LogitBias.NONE, 0);
    }

    public float topP() {
        return cut.topP();
    }

    public int topK() {
        return cut.topK();
    }

    public boolean greedy() {
        return temperature == 0 || cut.topK() == 1;
    }

    public SamplingParams withCut(Cut other) {
        return new SamplingParams(temperature, other, seed, penalties, bias, topLogProbs);
    }

    public SamplingParams withPenalties(Penalties other) {
        return new SamplingParams(temperature, cut, seed, other, bias, topLogProbs);
    }

    public SamplingParams withBias(LogitBias other) {
        return new SamplingParams(temperature, cut, seed, penalties, other, topLogProbs);
    }

    public SamplingParams withTopLogProbs(int count) {
        return new SamplingParams(temperature, cut, seed, penalties, bias, count);
    }

    /**
     * For one of several answers to the same request: the only place where their seeds come from.
     * The first keeps the seed, so that n answers begin with the one that is asked for alone.
     *
     * @param index of the answer, from 0
     */
    public SamplingParams forAnswer(int index) {
        if (index < 0) {
            throw invalid("answer: " + index, "at least 0");
        }
        long own = index == 0 ? seed : Philox.derived(seed, index);
        return new SamplingParams(temperature, cut, own, penalties, bias, topLogProbs);
    }

    static EngineException invalid(String value, String expected) {
        return new EngineException(
                ErrorCode.REQUEST_INVALID, value + " (expected: " + expected + ")");
    }
}
