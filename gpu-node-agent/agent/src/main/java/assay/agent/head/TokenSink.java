package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.engine.batch.FinishReason;
import assay.engine.batch.SequenceEvent;
import assay.engine.stage.TokenRating;
import assay.engine.stage.TokenState;

/** Where a request's answers go. Called on the head loop; never blocks. */
public interface TokenSink {
    /** The request waits or runs from now on. */
    void accepted();

    /**
     * The next token.
     *
     * @return whether the request shall go on; false when nobody takes its tokens any more
     */
    boolean token(SequenceEvent.Token token, Timing timing);

    /** The next token of the prompt was rated; for a request that asked for it. */
    default void rated(TokenRating rating) {}

    /** The next hidden state; for a request that asked for it. */
    default void shown(TokenState state) {}

    /** It ended by itself. The last call. */
    void finished(FinishReason reason);

    /** It ended by a fault. The last call. */
    void failed(AgentException fault);

    /** How long a request waited before its first step, and until its first token. */
    record Timing(long queueNanos, long firstTokenNanos) {}
}
