package assay.engine.stage;

/**
 * One of the likeliest tokens at a position.
 *
 * @param logProb under the model's own distribution (temperature 1)
 */
public record Alternative(int id, float logProb) {}
