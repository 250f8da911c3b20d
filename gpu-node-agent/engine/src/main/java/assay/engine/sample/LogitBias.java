package assay.engine.sample;

import java.util.Map;

/**
 * What is added to the logits of some ids. Immutable.
 *
 * @param addends -100..100 by id, at most 300. Source: OpenAI API reference, logit_bias; the limit
 *     is its own.
 */
public record LogitBias(Map<Integer, Float> addends) {
    public static final LogitBias NONE = new LogitBias(Map.of());
    public static final int COUNT_MAX = 300;

    private static final float ADDEND_MAX = 100;

    public LogitBias {
        addends = Map.copyOf(addends);
        if (addends.size() > COUNT_MAX) {
            throw SamplingParams.invalid(
                    "logit_bias: " + addends.size() + " ids", "at most " + COUNT_MAX);
        }
        addends.forEach((id, addend) -> {
            if (!(Math.abs(addend) <= ADDEND_MAX)) {
                throw SamplingParams.invalid(
                        "logit_bias of id %d: %s".formatted(id, addend),
                        -ADDEND_MAX + ".." + ADDEND_MAX);
            }
        });
    }

    /**
     * For whoever takes a request in and knows the model.
     *
     * @throws assay.engine.EngineException REQUEST_INVALID names the first id that is outside
     */
    public void checkIds(int vocabularySize) {
        for (int id : addends.keySet()) {
            if (id < 0 || id >= vocabularySize) {
                throw SamplingParams.invalid(
                        "logit_bias of id " + id, "ids 0.." + (vocabularySize - 1));
            }
        }
    }
}
