package assay.engine.batch;

import assay.engine.kernel.KvBlocks;
import java.util.Arrays;

/**
 * A sequence on its way: which tokens are known, and how many of them are in or through the
 * pipeline.
 */
final class Sequence {
    private final SequenceRequest request;
    private final int kvBlocks;
    private final int limit;
    private final long submittedNanos;
    private int[] ids;
    private int known;
    private int scheduled;

    Sequence(SequenceRequest request, int contextTokens, long submittedNanos) {
        this.request = request;
        this.submittedNanos = submittedNanos;
        this.limit = lengthLimit(request, contextTokens);
        this.kvBlocks = KvBlocks.blocksFor(limit);
        this.ids = request.promptIds();
        this.known = ids.length;
    }

    /** Tokens, prompt included, at which the sequence ends. */
    static int lengthLimit(SequenceRequest request, int contextTokens) {
        return (int)
                Math.min(contextTokens, (long) request.promptIds().length + request.maxTokens());
    }

    SequenceRequest request() {
        return request;
    }

    long id() {
        return request.sequenceId();
    }

    int kvBlocks() {
        return kvBlocks;
    }

    long submittedNanos() {
        return submittedNanos;
    }

    int position() {
        return scheduled;
    }

    /** Known tokens that have not entered the pipeline. */
    int pending() {
        return known - scheduled;
    }

    /** Takes the next tokens into a step. */
    void schedule(int tokens, int[] into, int offset) {
        System.arraycopy(ids, scheduled, into, offset, tokens);
        scheduled += tokens;
    }

    void append(int id) {
        if (known == ids.length) {
            ids = Arrays.copyOf(ids, Math.min(limit, Math.max(known * 2, known + 16)));
        }
        ids[known++] = id;
    }

    boolean full() {
        return known >= limit;
    }

    /** Everything must run again: the KV is gone. */
    void restart() {
        scheduled = 0;
    }
}
