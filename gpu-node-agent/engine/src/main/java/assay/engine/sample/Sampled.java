package assay.engine.sample;

/**
 * The outcome of one draw.
 *
 * @param id the chosen token
 * @param logProb its natural logarithm of probability under the model's own distribution:
 *     temperature 1, nothing cut off
 */
public record Sampled(int id, float logProb) {}
