package assay.engine.sample;

/**
 * An id and how likely it was.
 *
 * @param logProb natural logarithm, under the model's own distribution
 */
public record TokenLogProb(int id, float logProb) {}
