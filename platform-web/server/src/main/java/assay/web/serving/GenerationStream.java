package assay.web.serving;

import java.util.Optional;

/**
 * A generation that is under way. Confined to one thread but for {@link #close}, which any thread
 * may call.
 */
public interface GenerationStream extends AutoCloseable {
    /** The model and version that answer. */
    ServedModel model();

    /**
     * Waits for what comes next; empty after the last.
     *
     * @throws assay.web.WebException PROMPT_TOO_LONG before the first chunk; STAGE_LOST, QUEUE_FULL
     *     or NO_REPLICA with a time to retry after; INTERNAL
     */
    Optional<GenerationChunk> next();

    /**
     * How it ended.
     *
     * @throws IllegalStateException before {@link #next} was empty
     */
    GenerationEnd end();

    /** Cancels what is still running: the replica is free within one step. Idempotent. */
    @Override
    void close();
}
