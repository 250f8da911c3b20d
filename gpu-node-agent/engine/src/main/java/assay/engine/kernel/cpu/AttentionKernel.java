package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Wide.load;

import assay.engine.kernel.AttentionRule;
import assay.engine.kernel.KvBlocks;
import jdk.incubator.vector.FloatVector;

/**
 * Attention of one token over the blocks of its sequence. Scores are computed a block at a time,
 * the positions side by side in the lanes; values are added up position after position, the
 * elements side by side. Query heads that share a key/value head are done four at a time, so that
 * each key and value is loaded once for them. Every order depends on the positions alone: neither
 * the vectors' width nor the number of heads at once changes a bit.
 */
final class AttentionKernel {
    private static final int BLOCK = KvBlocks.BLOCK_TOKENS;
    private static final long BLOCK_BYTES = (long) BLOCK * Float.BYTES;

    /** Query heads done at once. */
    static final int GROUP = 4;

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

    /** Bytes that {@link #attend} needs for one head's scores of a context. */
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
     * The query heads of one token that share a key/value head.
     *
     * @param query first of {@code count} heads of keyDim elements
     * @param scores scratch of {@link #GROUP} times {@link #scoreBytes}
     * @param stride bytes from one head's scores to the next's
     * @param out where the first head's valueDim elements go
     */
    void attend(
            long query,
            int count,
            int[] table,
            int position,
            int head,
            long scores,
            long stride,
            long out) {
        long queryBytes = (long) keyDim * Float.BYTES;
        long outBytes = (long) valueDim * Float.BYTES;
        Seen seen = new Seen(table, rule.first(position), position + 1, head);
        int i = 0;
        for (; i + GROUP <= count; i += GROUP) {
            group(query + i * queryBytes, seen, scores, stride, out + i * outBytes);
        }
        for (; i < count; i++) {
            single(query + i * queryBytes, seen, scores, out + i * outBytes);
        }
    }

    /** The positions that a token sees, of one key/value head. */
    @SuppressWarnings("ArrayRecordComponent") // lives for one call, is never compared
    private record Seen(int[] table, int first, int end, int head) {}

    private long keyBlock(Seen seen, int block) {
        return keys
                + seen.table()[block] * keyBlockBytes
                + (long) seen.head() * keyDim * BLOCK_BYTES;
    }

    /** Where an element of the value at a position stands. */
    private long value(Seen seen, int position, int element) {
        long block = values + seen.table()[position / BLOCK] * valueBlockBytes;
        long row = (long) seen.head() * BLOCK + position % BLOCK;
        return block + (row * valueDim + element) * Float.BYTES;
    }

    private void group(long query, Seen seen, long scores, long stride, long out) {
        for (int b = seen.first() / BLOCK; b * BLOCK < seen.end(); b++) {
            for (long part = 0; part < BLOCK_BYTES; part += Wide.BYTES) {
                scores4(query, keyBlock(seen, b) + part, scores + b * BLOCK_BYTES + part, stride);
            }
        }
        for (int h = 0; h < GROUP; h++) {
            softmax(scores + h * stride, seen.first(), seen.end());
        }
        int i = 0;
        for (; i + 2 * Wide.COUNT <= valueDim; i += 2 * Wide.COUNT) {
            weigh4(seen, i, scores, stride, out + (long) i * Float.BYTES);
        }
        for (int h = 0; h < GROUP; h++) {
            long ofHead = out + (long) h * valueDim * Float.BYTES;
            rest(seen, i, scores + h * stride, ofHead);
        }
    }

    private void single(long query, Seen seen, long scores, long out) {
        for (int b = seen.first() / BLOCK; b * BLOCK < seen.end(); b++) {
            for (long part = 0; part < BLOCK_BYTES; part += Wide.BYTES) {
                scores1(query, keyBlock(seen, b) + part, scores + b * BLOCK_BYTES + part);
            }
        }
        softmax(scores, seen.first(), seen.end());
        int i = 0;
        for (; i + 4 * Wide.COUNT <= valueDim; i += 4 * Wide.COUNT) {
            weigh1(seen, i, scores, out + (long) i * Float.BYTES);
        }
        rest(seen, i, scores, out);
    }

    private static FloatVector spread(long element) {
        return Wide.broadcast(Memory.getFloat(element));
    }

    /**
     * Scores of part of a block; those that are not seen are taken back by the softmax. Elements of
     * even index are added up apart from the others.
     */
    private void scores1(long query, long block, long scores) {
        FloatVector even = Wide.broadcast(0);
        FloatVector odd = even;
        int i = 0;
        for (; i + 1 < keyDim; i += 2) {
            long key = block + i * BLOCK_BYTES;
            long element = query + (long) i * Float.BYTES;
            even = load(key).fma(spread(element), even);
            odd = load(key + BLOCK_BYTES).fma(spread(element + Float.BYTES), odd);
        }
        if (i < keyDim) {
            even = load(block + i * BLOCK_BYTES).fma(spread(query + (long) i * Float.BYTES), even);
        }
        Wide.store(even.add(odd).mul(rule.scale()), scores);
    }

    /** The same for four heads. */
    private void scores4(long query, long block, long scores, long stride) {
        FloatVector even0 = Wide.broadcast(0);
        FloatVector even1 = even0;
        FloatVector even2 = even0;
        FloatVector even3 = even0;
        FloatVector odd0 = even0;
        FloatVector odd1 = even0;
        FloatVector odd2 = even0;
        FloatVector odd3 = even0;
        long head = (long) keyDim * Float.BYTES;
        int i = 0;
        for (; i + 1 < keyDim; i += 2) {
            FloatVector key = load(block + i * BLOCK_BYTES);
            long q = query + (long) i * Float.BYTES;
            even0 = key.fma(spread(q), even0);
            even1 = key.fma(spread(q + head), even1);
            even2 = key.fma(spread(q + 2 * head), even2);
            even3 = key.fma(spread(q + 3 * head), even3);
            key = load(block + (i + 1) * BLOCK_BYTES);
            q += Float.BYTES;
            odd0 = key.fma(spread(q), odd0);
            odd1 = key.fma(spread(q + head), odd1);
            odd2 = key.fma(spread(q + 2 * head), odd2);
            odd3 = key.fma(spread(q + 3 * head), odd3);
        }
        if (i < keyDim) {
            FloatVector key = load(block + i * BLOCK_BYTES);
            long q = query + (long) i * Float.BYTES;
            even0 = key.fma(spread(q), even0);
            even1 = key.fma(spread(q + head), even1);
            even2 = key.fma(spread(q + 2 * head), even2);
            even3 = key.fma(spread(q + 3 * head), even3);
        }
        float scale = rule.scale();
        Wide.store(even0.add(odd0).mul(scale), scores);
        Wide.store(even1.add(odd1).mul(scale), scores + stride);
        Wide.store(even2.add(odd2).mul(scale), scores + 2 * stride);
        Wide.store(even3.add(odd3).mul(scale), scores + 3 * stride);
    }

    /** Scores of positions {@code first} to {@code end} to weights whose sum is one. */
    private static void softmax(long scores, int first, int end) {
        int from = first / BLOCK * BLOCK;
        int padded = KvBlocks.blocksFor(end) * BLOCK;
        fill(scores, from, first, Float.NEGATIVE_INFINITY);
        fill(scores, end, padded, Float.NEGATIVE_INFINITY);
        long begin = scores + (long) from * Float.BYTES;
        long limit = scores + (long) padded * Float.BYTES;
        FloatVector largest = FloatVector.broadcast(Lanes.FLOATS, Float.NEGATIVE_INFINITY);
        for (long at = begin; at < limit; at += Lanes.BYTES) {
            largest = largest.max(Lanes.load(at));
        }
        float most = Lanes.max(largest);
        for (long at = begin; at < limit; at += Wide.BYTES) {
            Wide.store(Wide.exp(load(at).sub(most)), at);
        }
        fill(scores, from, first, 0);
        fill(scores, end, padded, 0);
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (long at = begin; at < limit; at += Lanes.BYTES) {
            sum = sum.add(Lanes.load(at));
        }
        float total = Lanes.sum(sum);
        for (long at = begin; at < limit; at += Wide.BYTES) {
            Wide.store(load(at).div(total), at);
        }
    }

    private static void fill(long scores, int from, int to, float value) {
        for (int i = from; i < to; i++) {
            Memory.setFloat(scores + (long) i * Float.BYTES, value);
        }
    }

    /** Four vectors of a value's elements, of one head. */
    private void weigh1(Seen seen, int element, long scores, long out) {
        FloatVector s0 = Wide.broadcast(0);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        long rowBytes = (long) valueDim * Float.BYTES;
        for (int p = seen.first(); p < seen.end(); ) {
            int end = Math.min((p / BLOCK + 1) * BLOCK, seen.end());
            long row = value(seen, p, element);
            for (; p < end; p++, row += rowBytes) {
                FloatVector weight = spread(scores + (long) p * Float.BYTES);
                s0 = load(row).fma(weight, s0);
                s1 = load(row + Wide.BYTES).fma(weight, s1);
                s2 = load(row + 2L * Wide.BYTES).fma(weight, s2);
                s3 = load(row + 3L * Wide.BYTES).fma(weight, s3);
            }
        }
        Wide.store(s0, out);
        Wide.store(s1, out + Wide.BYTES);
        Wide.store(s2, out + 2L * Wide.BYTES);
        Wide.store(s3, out + 3L * Wide.BYTES);
    }

    /** Two vectors of a value's elements, of four heads. */
    private void weigh4(Seen seen, int element, long scores, long stride, long out) {
        FloatVector a0 = Wide.broadcast(0);
        FloatVector b0 = a0;
        FloatVector a1 = a0;
        FloatVector b1 = a0;
        FloatVector a2 = a0;
        FloatVector b2 = a0;
        FloatVector a3 = a0;
        FloatVector b3 = a0;
        long rowBytes = (long) valueDim * Float.BYTES;
        for (int p = seen.first(); p < seen.end(); ) {
            int end = Math.min((p / BLOCK + 1) * BLOCK, seen.end());
            long row = value(seen, p, element);
            for (; p < end; p++, row += rowBytes) {
                long score = scores + (long) p * Float.BYTES;
                FloatVector a = load(row);
                FloatVector b = load(row + Wide.BYTES);
                FloatVector weight = spread(score);
                a0 = a.fma(weight, a0);
                b0 = b.fma(weight, b0);
                weight = spread(score + stride);
                a1 = a.fma(weight, a1);
                b1 = b.fma(weight, b1);
                weight = spread(score + 2 * stride);
                a2 = a.fma(weight, a2);
                b2 = b.fma(weight, b2);
                weight = spread(score + 3 * stride);
                a3 = a.fma(weight, a3);
                b3 = b.fma(weight, b3);
            }
        }
        long head = rowBytes;
        Wide.store(a0, out);
        Wide.store(b0, out + Wide.BYTES);
        Wide.store(a1, out + head);
        Wide.store(b1, out + head + Wide.BYTES);
        Wide.store(a2, out + 2 * head);
        Wide.store(b2, out + 2 * head + Wide.BYTES);
        Wide.store(a3, out + 3 * head);
        Wide.store(b3, out + 3 * head + Wide.BYTES);
    }

    /** The elements from {@code from} on that fill no row of vectors, of one head. */
    private void rest(Seen seen, int from, long scores, long out) {
        int i = from;
        for (; i + Wide.COUNT <= valueDim; i += Wide.COUNT) {
            FloatVector sum = Wide.broadcast(0);
            for (int p = seen.first(); p < seen.end(); p++) {
                FloatVector weight = spread(scores + (long) p * Float.BYTES);
                sum = load(value(seen, p, i)).fma(weight, sum);
            }
            Wide.store(sum, out + (long) i * Float.BYTES);
        }
        for (; i < valueDim; i++) {
            float sum = 0;
            for (int p = seen.first(); p < seen.end(); p++) {
                float weight = Memory.getFloat(scores + (long) p * Float.BYTES);
                sum = Math.fma(Memory.getFloat(value(seen, p, i)), weight, sum);
            }
            Memory.setFloat(out + (long) i * Float.BYTES, sum);
        }
    }
}
