package assay.engine.kernel.cpu;

import static assay.engine.kernel.cpu.Lanes.load;

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
    private final long blockBytes;
    private final long headBytes;
    private final int headDim;
    private final float scale;

    AttentionKernel(KvBlocks cache, float scale) {
        this.keys = Memory.address(cache.keys());
        this.values = Memory.address(cache.values());
        this.blockBytes = cache.blockBytes();
        this.headDim = cache.headDim();
        this.headBytes = headDim * BLOCK_BYTES;
        this.scale = scale;
    }

    /** Bytes that {@link #attend} needs for the scores of a context. */
    static long scoreBytes(int contextTokens) {
        return KvBlocks.blocksFor(contextTokens) * BLOCK_BYTES;
    }

    /** Writes one token's key and value of one head to its place. */
    void store(long key, long value, int[] table, int position, int head) {
        long slot = position % BLOCK;
        long block = table[position / BLOCK] * blockBytes + head * headBytes;
        long rowBytes = (long) headDim * Float.BYTES;
        Memory.copy(value, values + block + slot * rowBytes, rowBytes);
        long to = keys + block + slot * Float.BYTES;
        for (int i = 0; i < headDim; i++) {
            Memory.setFloat(to + i * BLOCK_BYTES, Memory.getFloat(key + (long) i * Float.BYTES));
        }
    }

    /**
     * One query head of one token.
     *
     * @param query headDim elements
     * @param scores scratch of {@link #scoreBytes}
     */
    void attend(long query, int[] table, int position, int head, long scores, long out) {
        int blocks = position / BLOCK + 1;
        for (int b = 0; b < blocks; b++) {
            score(query, keys + table[b] * blockBytes + head * headBytes, scores + b * BLOCK_BYTES);
        }
        float total = softmax(scores, position + 1);
        int i = 0;
        for (; i + WIDE <= headDim; i += WIDE) {
            wide(
                    table,
                    position,
                    head * headBytes + (long) i * Float.BYTES,
                    scores,
                    total,
                    out + (long) i * Float.BYTES);
        }
        for (; i + Lanes.COUNT <= headDim; i += Lanes.COUNT) {
            narrow(
                    table,
                    position,
                    head * headBytes + (long) i * Float.BYTES,
                    scores,
                    total,
                    out + (long) i * Float.BYTES);
        }
        for (; i < headDim; i++) {
            single(
                    table,
                    position,
                    head * headBytes + (long) i * Float.BYTES,
                    scores,
                    total,
                    out + (long) i * Float.BYTES);
        }
    }

    /** Scores of a whole block; those behind the last position are taken back by the softmax. */
    private void score(long query, long block, long scores) {
        FloatVector evenLow = FloatVector.zero(Lanes.FLOATS);
        FloatVector evenHigh = evenLow;
        FloatVector oddLow = evenLow;
        FloatVector oddHigh = evenLow;
        for (int i = 0; i < headDim; i += 2) {
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
        Lanes.store(evenLow.add(oddLow).mul(scale), scores);
        Lanes.store(evenHigh.add(oddHigh).mul(scale), scores + Lanes.BYTES);
    }

    /** Scores to weights that are not yet divided by their sum, which it returns. */
    private static float softmax(long scores, int count) {
        int padded = KvBlocks.blocksFor(count) * BLOCK;
        for (int i = count; i < padded; i++) {
            Memory.setFloat(scores + (long) i * Float.BYTES, Float.NEGATIVE_INFINITY);
        }
        FloatVector largest = FloatVector.broadcast(Lanes.FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < padded; i += Lanes.COUNT) {
            largest = largest.max(load(scores + (long) i * Float.BYTES));
        }
        float most = Lanes.max(largest);
        for (int i = 0; i < padded; i += Lanes.COUNT) {
            long at = scores + (long) i * Float.BYTES;
            Lanes.store(Lanes.exp(load(at).sub(most)), at);
        }
        for (int i = count; i < padded; i++) {
            Memory.setFloat(scores + (long) i * Float.BYTES, 0);
        }
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < padded; i += Lanes.COUNT) {
            sum = sum.add(load(scores + (long) i * Float.BYTES));
        }
        return Lanes.sum(sum);
    }

    private void wide(int[] table, int position, long column, long scores, float total, long out) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        long rowBytes = (long) headDim * Float.BYTES;
        for (int first = 0; first <= position; first += BLOCK) {
            long row = values + table[first / BLOCK] * blockBytes + column;
            int end = Math.min(BLOCK, position + 1 - first);
            for (int slot = 0; slot < end; slot++, row += rowBytes) {
                float score = Memory.getFloat(scores + (long) (first + slot) * Float.BYTES);
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

    private void narrow(
            int[] table, int position, long column, long scores, float total, long out) {
        FloatVector sum = FloatVector.zero(Lanes.FLOATS);
        long rowBytes = (long) headDim * Float.BYTES;
        for (int p = 0; p <= position; p++) {
            long row = values + table[p / BLOCK] * blockBytes + column + p % BLOCK * rowBytes;
            float score = Memory.getFloat(scores + (long) p * Float.BYTES);
            sum = load(row).fma(FloatVector.broadcast(Lanes.FLOATS, score), sum);
        }
        Lanes.store(sum.div(total), out);
    }

    private void single(
            int[] table, int position, long column, long scores, float total, long out) {
        float sum = 0;
        long rowBytes = (long) headDim * Float.BYTES;
        for (int p = 0; p <= position; p++) {
            long row = values + table[p / BLOCK] * blockBytes + column + p % BLOCK * rowBytes;
            float score = Memory.getFloat(scores + (long) p * Float.BYTES);
            sum = Math.fma(Memory.getFloat(row), score, sum);
        }
        Memory.setFloat(out, sum / total);
    }
}
