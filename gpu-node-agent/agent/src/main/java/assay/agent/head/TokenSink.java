package assay.agent.head;

import assay.agent.fault.AgentException;
import assay.engine.batch.FinishReason;

/** Where a request's tokens go. Called on the head loop; never blocks. */
public interface TokenSink {
    /** The request waits or runs from now on. */
    void accepted();

    /**
     * The next token.
     *
     * @return whether the request shall go on; false when nobody takes its tokens any more
     */
    boolean token(int id, float logProb, Timing timing);

    /** It ended by itself. The last call. */
    void finished(FinishReason reason);

    /** It ended by a fault. The last call. */
    void failed(AgentException fault);

    /** How long a request waited before its first step, and until its first token. */
    record Timing(long queueNanos, long firstTokenNanos) {}
}
