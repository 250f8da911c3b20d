package assay.engine.stage;

/** Sees the logits of every token of a step, sampled or not: for golden tests and model checks. */
@FunctionalInterface
public interface LogitsObserver {
    /**
     * Called once for each token, in order.
     *
     * @param position of the token whose successor the logits rate
     * @param logits one for each id of the vocabulary; the observer's to keep
     */
    void logits(long sequenceId, int position, float[] logits);
}
