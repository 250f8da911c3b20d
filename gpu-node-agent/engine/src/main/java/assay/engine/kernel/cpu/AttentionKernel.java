package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Lanes.load;

import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.KvBlocks;
import jdk.incubator.vector.FloatVector;

/**
 * Attention of one query head over the blocks of its sequence. Scores are computed a block at a
 * time, the positions side by side in the lanes; values are added up position after position. Both
 * orders depend on the positions alone.
 */
final class AttentionKernel {
    private static final int BLOCK = KvBlocks.BLOCK_TOKENS;
    private static final long BLOCK_BYTES = (long) BLOCK * Float.BYTES;
    private static final int WIDE = 4 * Lanes.COUNT;

    private final long keys;
    private final long values;
    private final long keyBlockBytes;
    private final long valueBlockBytes;
    private final int kvHeads;
    private final int keyDim;
    private final int valueDim;
    private final AttentionRule rule;

    AttentionKernel(KvBlocks cache, AttentionRule rule) {
        this.keys = Memory.address(cache.keys());
        this.values = Memory.address(cache.values());
        this.keyBlockBytes = cache.keyBlockBytes();
        this.valueBlockBytes = cache.valueBlockBytes();
        this.kvHeads = cache.kvHeads();
        this.keyDim = cache.keyDim();
        this.valueDim = cache.valueDim();
        this.rule = rule;
    }

    /** Bytes that {@link #attend} needs for the scores of a context. */
    static long scoreBytes(int contextTokens) {
        return KvBlocks.blocksFor(contextTokens) * BLOCK_BYTES;
    }

    /** Writes one token's keys and values of all heads to their place. */
    void store(long key, long value, int[] table, int position) {
        long slot = position % BLOCK;
        long to = keys + table[position / BLOCK] * keyBlockBytes + slot * Float.BYTES;
        for (int i = 0; i < kvHeads * keyDim; i++) {
            Memory.setFloat(to + i * BLOCK_BYTES, Memory.getFloat(key + (long) i * Float.BYTES));
        }
        long rowBytes = (long) valueDim * Float.BYTES;
        long block = values + table[position / BLOCK] * valueBlockBytes;
        for (int head = 0; head < kvHeads; head++) {
            Memory.copy(
                    value + head * rowBytes,
                    block + ((long) head * BLOCK + slot) * rowBytes,
                    rowBytes);
        }
    }

    /**
     * One query head of one token.
     *
     * @param query keyDim elements
     * @param scores scratch of {@link #scoreBytes}
     * @param out valueDim elements
     */
    void attend(long query, int[] table, int position, int head, long scores, long out) {
        int first = rule.first(position);
        long headBytes = keyDim * BLOCK_BYTES;
        for (int b = first / BLOCK; b <= position / BLOCK; b++) {
            score(
                    query,
                    keys + table[b] * keyBlockBytes + head * headBytes,
                    scores + b * BLOCK_BYTES);
        }
        float total = softmax(scores, first, position + 1);
        long column = (long) head * valueDim * BLOCK_BYTES;
        int i = 0;
        for (; i + WIDE <= valueDim; i += WIDE) {
            long at = (long) i * Float.BYTES;
            wide(table, first, position, column + at, scores, total, out + at);
        }
        for (; i + Lanes.COUNT <= valueDim; i += Lanes.COUNT) {
            long at = (long) i * Float.BYTES;
            narrow(table, first, position, column + at, scores, total, out + at);
        }
        for (; i < valueDim; i++) {
            long at = (long) i * Float.BYTES;
            single(table, first, position, column + at, scores, total, out + at);
        }
    }

    /** Scores of a whole block; those that are not seen are taken back by the softmax. */
    private void score(long query, long block, long scores) {
        FloatVector evenLow = FloatVector.zero(Lanes.FLOATS);
        FloatVector evenHigh = evenLow;
        FloatVector oddLow = evenLow;
        FloatVector oddHigh = evenLow;
        int i = 0;
        for (; i + 1 < keyDim; i += 2) {
            long key = block + i * BLOCK_BYTES;
            long element = query + (long) i * Float.BYTES;
            FloatVector even = FloatVector.broadcast(Lanes.FLOATS, Memory.getFloat(element));
            FloatVector odd =
                    FloatVector.broadcast(Lanes.FLOATS, Memory.getFloat(element + Float.BYTES));
            evenLow = load(key).fma(even, evenLow);
            evenHigh = load(key + Lanes.BYTES).fma(even, evenHigh);
            oddLow = load(key + BLOCK_BYTES).fma(odd, oddLow);
            oddHigh = load(key + BLOCK_BYTES + Lanes.BYTES).fma(odd, oddHigh);
        }
        if (i < keyDim) {
            float element = Memory.getFloat(query + (long) i * Float.BYTES);
            FloatVector last = FloatVector.broadcast(Lanes.FLOATS, element);
            evenLow = load(block + i * BLOCK_BYTES).fma(last, evenLow);
            evenHigh = load(block + i * BLOCK_BYTES + Lanes.BYTES).fma(last, evenHigh);
        }
        Lanes.store(evenLow.add(oddLow).mul(rule.scale()), scores);
        Lanes.store(evenHigh.add(oddHigh).mul(rule.scale()), scores + Lanes.BYTES);
    }

    /**
     * Scores of positions {@code first} to {@code end} to weights that are not yet divided by their
     * sum, which it returns.
     */
    private static float softmax(long scores, int first, int end) {
        int from = first / BLOCK * BLOCK;
        int padded = KvBlocks.blocksFor(end) * BLOCK;
        fill(scores, from, first, Float.NEGATIVE_INFINITY);
        fill(scores, end, padded, Float.NEGATIVE_INFINITY);
        FloatVector largest = FloatVector.broadcast(Lanes.FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = from; i < padded; i += Lanes.COUNT) {
            largest = largest.max(load(scores + (long) i * Float.BYTES));
        }
        float most = Lanes.max(largest);
        for (int i = from; i < padded; i += Lanes.COUNT) {
            long at = scores + (long) i * Float.BYTES;
            Lanes.store(Lanes.exp(load(at).sub(most)), at);
        }
        fill(scores, from, first, 0);
        fill(scores, end, padded, 0);
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int i = from; i < padded; i += Lanes.COUNT) {
            sum = sum.add(load(scores + (long) i * Float.BYTES));
        }
        return Lanes.sum(sum);
    }

    private static void fill(long scores, int from, int to, float value) {
        for (int i = from; i < to; i++) {
            Memory.setFloat(scores + (long) i * Float.BYTES, value);
        }
    }

    private void wide(
            int[] table, int first, int position, long column, long scores, float total, long out) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        long rowBytes = (long) valueDim * Float.BYTES;
        for (int p = first; p <= position; ) {
            int end = Math.min((p / BLOCK + 1) * BLOCK, position + 1);
            long row = row(table, p, column);
            for (; p < end; p++, row += rowBytes) {
                float score = Memory.getFloat(scores + (long) p * Float.BYTES);
                FloatVector weight = FloatVector.broadcast(Lanes.FLOATS, score);
                s0 = load(row).fma(weight, s0);
                s1 = load(row + Lanes.BYTES).fma(weight, s1);
                s2 = load(row + 2 * Lanes.BYTES).fma(weight, s2);
                s3 = load(row + 3 * Lanes.BYTES).fma(weight, s3);
            }
        }
        Lanes.store(s0.div(total), out);
        Lanes.store(s1.div(total), out + Lanes.BYTES);
        Lanes.store(s2.div(total), out + 2 * Lanes.BYTES);
        Lanes.store(s3.div(total), out + 3 * Lanes.BYTES);
    }

    private long row(int[] table, int position, long column) {
        long block = values + table[position / BLOCK] * valueBlockBytes + column;
        return block + (long) (position % BLOCK) * valueDim * Float.BYTES;
    }

    private void narrow(
            int[] table, int first, int position, long column, long scores, float total, long out) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int p = first; p <= position; p++) {
            float score = Memory.getFloat(scores + (long) p * Float.BYTES);
            FloatVector weight = FloatVector.broadcast(Lanes.FLOATS, score);
            sum = load(row(table, p, column)).fma(weight, sum);
        }
        Lanes.store(sum.div(total), out);
    }

    private void single(
            int[] table, int first, int position, long column, long scores, float total, long out) {
        float sum = 0;
        for (int p = first; p <= position; p++) {
            float score = Memory.getFloat(scores + (long) p * Float.BYTES);
            sum = Math.fma(Memory.getFloat(row(table, p, column)), score, sum);
        }
        Memory.setFloat(out, sum / total);
    }
}
