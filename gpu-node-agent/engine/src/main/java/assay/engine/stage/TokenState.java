package assay.engine.stage;

/**
 * The hidden state of a token behind the final norm.
 *
 * @param values as many as the model's hidden size; the receiver's to keep
 */
@SuppressWarnings("ArrayRecordComponent") // a row of numbers, never compared
public record TokenState(long sequenceId, int position, float[] values) {}
