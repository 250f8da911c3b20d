package assay.engine.sample;

import assay.engine.EngineException;
import assay.engine.ErrorCode;

/**
 * Chooses an id from the logits of one position. Goals: the same logits, parameters and position
 * give the same id, anywhere and in any batch; ids are drawn as the parameters say. Algorithm:
 * softmax at the temperature in double, cut to the likeliest ids (ties: the lower id first), then
 * the inverse of the cumulative distribution in order of ids, at a {@link Philox} draw. Source of
 * the cut: nucleus sampling (arXiv 1904.09751), sec. 3.1.
 *
 * <p>Keeps scratch arrays: confined to one thread.
 */
public final class Sampler {
    private static final int HEAP_ARITY = 2;

    private final double[] shares;
    private final int[] heap;
    private final boolean[] kept;

    public Sampler(int vocabularySize) {
        shares = new double[vocabularySize];
        heap = new int[vocabularySize];
        kept = new boolean[vocabularySize];
    }

    /**
     * Chooses the id for one position.
     *
     * @param logits one for each id of the vocabulary
     * @param position of the token that is chosen, counted from the start of the prompt
     * @throws EngineException LOGITS_NOT_FINITE
     */
    public Sampled sample(float[] logits, SamplingParams params, int position) {
        if (logits.length != shares.length) {
            throw new EngineException(
                    ErrorCode.STEP_INVALID,
                    "logits: %d (expected: %d)".formatted(logits.length, shares.length));
        }
        int likeliest = likeliest(logits);
        int id = params.greedy() ? likeliest : draw(logits, logits[likeliest], params, position);
        return new Sampled(id, logProb(logits, logits[likeliest], id));
    }

    private static int likeliest(float[] logits) {
        int best = 0;
        for (int id = 0; id < logits.length; id++) {
            if (!Float.isFinite(logits[id])) {
                throw new EngineException(
                        ErrorCode.LOGITS_NOT_FINITE,
                        "logit of id %d: %s (expected: finite)".formatted(id, logits[id]));
            }
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }

    private static float logProb(float[] logits, float largest, int id) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp((double) logit - largest);
        }
        return (float) ((double) logits[id] - largest - Math.log(sum));
    }

    private int draw(float[] logits, float largest, SamplingParams params, int position) {
        double total = 0;
        for (int id = 0; id < logits.length; id++) {
            shares[id] = Math.exp(((double) logits[id] - largest) / params.temperature());
            total += shares[id];
        }
        if (params.topP() < 1 || params.topK() > 0) {
            total = cut(params, total);
        }
        double target = Philox.uniform(params.seed(), position) * total;
        int last = -1;
        double reached = 0;
        for (int id = 0; id < logits.length; id++) {
            if (shares[id] > 0) {
                reached += shares[id];
                last = id;
                if (reached > target) {
                    break;
                }
            }
        }
        return last;
    }

    /** Zeroes all shares but those of the likeliest ids, and returns the sum that is left. */
    private double cut(SamplingParams params, double total) {
        int most = params.topK() == 0 ? shares.length : Math.min(params.topK(), shares.length);
        heapify();
        double enough = params.topP() < 1 ? params.topP() * total : Double.POSITIVE_INFINITY;
        java.util.Arrays.fill(kept, false);
        double sum = 0;
        for (int count = 0, size = heap.length; count < most && sum < enough; count++, size--) {
            kept[heap[0]] = true;
            sum += shares[heap[0]];
            heap[0] = heap[size - 1];
            sink(0, size - 1);
        }
        double left = 0;
        for (int id = 0; id < shares.length; id++) {
            if (kept[id]) {
                left += shares[id];
            } else {
                shares[id] = 0;
            }
        }
        return left;
    }

    private void heapify() {
        for (int id = 0; id < heap.length; id++) {
            heap[id] = id;
        }
        for (int i = heap.length / HEAP_ARITY - 1; i >= 0; i--) {
            sink(i, heap.length);
        }
    }

    private void sink(int from, int size) {
        int moving = heap[from];
        int at = from;
        for (int child = HEAP_ARITY * at + 1; child < size; child = HEAP_ARITY * at + 1) {
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], moving)) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        if (size > 0) {
            heap[at] = moving;
        }
    }

    private boolean before(int a, int b) {
        return shares[a] > shares[b] || (shares[a] == shares[b] && a < b);
    }
}
