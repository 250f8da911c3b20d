package assay.engine.batch;

import assay.engine.cache.BlockName;
import assay.engine.cache.KeptTable;
import assay.engine.cache.TableUpdate;
import assay.engine.kernel.KvBlocks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A sequence on its way: which tokens are known, how many of them are in or through the pipeline,
 * and which blocks it holds.
 */
final class Sequence {
    /** As often may a sequence lose its place; then it comes back with room for all it may need. */
    static final int PREEMPTIONS_MOST = 3;

    private final SequenceRequest request;
    private final int limit;
    private final long submittedNanos;
    private final long serial;
    private int[] ids;
    private int known;
    private int scheduled;
    private int committed;
    private int entered;
    private int answered;
    private boolean awaited;
    private boolean startTold;
    private boolean counted;
    private int preemptions;
    private long admission;

    private int[] blocks = {};
    private int blockCount;
    private int blocksTold;
    private final List<BlockName> names = new ArrayList<>();
    private int named;

    /**
     * @param serial grows from sequence to sequence in order of arrival
     */
    Sequence(SequenceRequest request, int contextTokens, long submittedNanos, long serial) {
        this.request = request;
        this.submittedNanos = submittedNanos;
        this.serial = serial;
        this.limit = lengthLimit(request, contextTokens);
        this.ids = known(request);
        this.known = ids.length;
    }

    private static int[] known(SequenceRequest request) {
        int[] prompt = request.promptIds();
        int[] generated = request.generatedIds();
        if (generated.length == 0) {
            return prompt;
        }
        int[] all = Arrays.copyOf(prompt, prompt.length + generated.length);
        System.arraycopy(generated, 0, all, prompt.length, generated.length);
        return all;
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

    long serial() {
        return serial;
    }

    long submittedNanos() {
        return submittedNanos;
    }

    boolean generates() {
        return request.task() instanceof SequenceRequest.Task.Generate;
    }

    boolean givesWay() {
        return request.givesWay();
    }

    /** Tokens at which it ends. */
    int limit() {
        return limit;
    }

    int[] ids() {
        return ids;
    }

    int known() {
        return known;
    }

    int position() {
        return scheduled;
    }

    /** Known tokens that have not entered the pipeline. */
    int pending() {
        return known - scheduled;
    }

    /** The prompt's tokens, and those sampled since. */
    int[] generated() {
        return Arrays.copyOfRange(ids, request.promptIds().length, known);
    }

    /**
     * Takes the next tokens into a step.
     *
     * @return how many of the prompt's tokens enter for the first time
     */
    int schedule(int tokens, int[] into, int offset) {
        System.arraycopy(ids, scheduled, into, offset, tokens);
        scheduled += tokens;
        return enteredFirst();
    }

    /** Positions that every stage has written for sure: its steps came back. */
    int committed() {
        return committed;
    }

    void committed(int end) {
        committed = Math.max(committed, end);
    }

    /** Tokens that need not run: others have. */
    void passOver(int tokens) {
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

    /** A token of it is being sampled. */
    boolean awaited() {
        return awaited;
    }

    void await(boolean now) {
        awaited = now;
    }

    /** Whether what its sampler must know has yet to be told; from then on it is. */
    boolean tellStart() {
        boolean tell = !startTold;
        startTold = true;
        return tell;
    }

    /** Whether a position of the prompt is answered for the first time. */
    boolean answer(int position) {
        if (position < answered) {
            return false;
        }
        answered = position + 1;
        return true;
    }

    // ---- its blocks

    int blockCount() {
        return blockCount;
    }

    int block(int index) {
        return blocks[index];
    }

    void addBlock(int block) {
        if (blockCount == blocks.length) {
            blocks = Arrays.copyOf(blocks, Math.max(4, blockCount * 2));
        }
        blocks[blockCount++] = block;
    }

    /**
     * Passes over the block that was added last: it is full already.
     *
     * @return how many of the prompt's tokens are passed over for the first time
     */
    int skipBlock() {
        scheduled = blockCount * KvBlocks.BLOCK_TOKENS;
        named = blockCount;
        return enteredFirst();
    }

    private int enteredFirst() {
        int fresh = Math.max(0, Math.min(scheduled, request.promptIds().length) - entered);
        entered += fresh;
        return fresh;
    }

    /** What the stages have not heard of its table. */
    TableUpdate tellBlocks() {
        return tellBlocks(blockCount);
    }

    /** The same of its first blocks. */
    TableUpdate tellBlocks(int count) {
        var update = new TableUpdate(blocksTold, Arrays.copyOfRange(blocks, blocksTold, count));
        blocksTold = count;
        return update;
    }

    /** Takes the block that was added last away again. */
    int removeBlock() {
        return blocks[--blockCount];
    }

    /**
     * Goes back to what is committed, whose blocks alone it holds.
     *
     * @param refills the first stages have lost even that
     */
    KeptTable rollBack(boolean refills) {
        awaited = false;
        startTold = false;
        named = committed / KvBlocks.BLOCK_TOKENS;
        scheduled = refills ? 0 : committed;
        blocksTold = refills ? 0 : blockCount;
        return new KeptTable(id(), committed, Arrays.copyOf(blocks, blockCount));
    }

    /** Names of its full blocks, as far as they are known. */
    List<BlockName> names() {
        return names;
    }

    /** Blocks that have their name in the pool, or were offered it. */
    int named() {
        return named;
    }

    void named(int blocks) {
        named = blocks;
    }

    // ---- its turns

    /** When it began to run, among all sequences. */
    long admission() {
        return admission;
    }

    void admitted(long admission) {
        this.admission = admission;
    }

    /** Holds room for all it may need, and is never put back. */
    boolean reserves() {
        return preemptions >= PREEMPTIONS_MOST || !generates();
    }

    void preempted() {
        preemptions++;
    }

    /** True once: for the figures of prefix reuse. */
    boolean count() {
        boolean first = !counted;
        counted = true;
        return first;
    }

    /** It holds no KV: everything known must run again. */
    void rewind() {
        scheduled = 0;
        committed = 0;
        blockCount = 0;
        blocksTold = 0;
        named = 0;
        startTold = false;
    }
}
