package assay.engine.batch;

/** What a completed step means for one sequence. */
public sealed interface SequenceEvent {
    long sequenceId();

    /** The next token; the id that ends the sequence is told as well. */
    record Token(long sequenceId, int id, float logProb) implements SequenceEvent {}

    /** The last event of a sequence. */
    record Finished(long sequenceId, FinishReason reason) implements SequenceEvent {}
}
