package assay.engine.sample;

/**
 * What makes ids less likely that were there before. Immutable.
 *
 * @param repetition above 0, at most 10; 1 is off. Divides a positive logit and multiplies another
 *     one, for each id of the prompt or the generated ones. Source: CTRL (arXiv 1909.05858), sec.
 *     4.1, in the form of Hugging Face's RepetitionPenaltyLogitsProcessor.
 * @param frequency -2..2; 0 is off. Taken off a logit for each time that its id was generated.
 *     Source: OpenAI API reference, frequency_penalty.
 * @param presence -2..2; 0 is off. Taken off a logit once when its id was generated. Source: as
 *     frequency, presence_penalty.
 */
public record Penalties(float repetition, float frequency, float presence) {
    public static final Penalties NONE = new Penalties(1, 0, 0);

    private static final float REPETITION_MAX = 10;
    private static final float PENALTY_MAX = 2;

    public Penalties {
        if (!(repetition > 0 && repetition <= REPETITION_MAX)) {
            throw SamplingParams.invalid(
                    "repetition_penalty: " + repetition, "above 0, at most " + REPETITION_MAX);
        }
        checkPenalty("frequency_penalty", frequency);
        checkPenalty("presence_penalty", presence);
    }

    private static void checkPenalty(String name, float value) {
        if (!(Math.abs(value) <= PENALTY_MAX)) {
            throw SamplingParams.invalid(name + ": " + value, -PENALTY_MAX + ".." + PENALTY_MAX);
        }
    }

    /** The generated ids must be known. */
    public boolean needGenerated() {
        return needPrompt() || frequency != 0 || presence != 0;
    }

    /** The ids of the prompt must be known. */
    public boolean needPrompt() {
        return repetition != 1;
    }
}
