package assay.engine.stage;

/**
 * The token that follows a slice.
 *
 * @param logProb of the chosen id under the model's own distribution (temperature 1)
 */
public record SampledToken(long sequenceId, int id, float logProb) {}
