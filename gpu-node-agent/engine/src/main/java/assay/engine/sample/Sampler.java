package assay.engine.sample;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import assay.engine.sample.constrain.TokenMask;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chooses an id from the logits of one position. Goals: the same logits, parameters, history, mask
 * and position give the same id, anywhere and in any batch; ids are drawn as the parameters say.
 *
 * <p>Order of operations, as vLLM's (vllm/v1/sample/sampler.py), since others differ: Hugging Face
 * has no fixed one and llama.cpp lets the caller choose. First the mask; then the logit bias; then
 * the repetition, frequency and presence penalties; then, where the temperature is 0, the likeliest
 * id, of equally likely ones the lowest. Else the temperature, then min-p, top-k and top-p, where
 * top-p counts shares of what the others left. Then the inverse of the cumulative distribution in
 * order of ids, at a {@link Philox} draw.
 *
 * <p>Keeps scratch arrays of about 24 bytes an id: confined to one thread.
 */
public final class Sampler {
    private final int size;
    private final Peaks peaks;
    private final Ranking ranking;
    private final float[] adjusted;
    private final float[] shares;
    private final int[] allowed;

    public Sampler(int vocabularySize) {
        size = vocabularySize;
        peaks = new Peaks(size);
        ranking = new Ranking(size);
        adjusted = new float[size];
        shares = new float[size];
        allowed = new int[size];
    }

    /**
     * Chooses the id for one position, without history and mask.
     *
     * @throws EngineException LOGITS_NOT_FINITE; STEP_INVALID when the parameters need a history
     */
    public Sampled sample(float[] logits, SamplingParams params, int position) {
        return sample(logits, params, null, position, null);
    }

    /**
     * Chooses the id for one position.
     *
     * @param logits one for each id of the vocabulary; they stay as they are
     * @param history of the sequence before this position; needed when the penalties say so
     * @param position of the token that is chosen, counted from the start of the prompt
     * @param mask ids that may be chosen; null for all
     * @throws EngineException LOGITS_NOT_FINITE; STEP_INVALID for a history or a mask that is
     *     missing or does not fit
     */
    public Sampled sample(
            float[] logits,
            SamplingParams params,
            @Nullable TokenHistory history,
            int position,
            @Nullable TokenMask mask) {
        check(logits, params, history, mask);
        double logSum = survey(logits);
        float largest = peaks.largest();
        List<TokenLogProb> top = top(logits, params.topLogProbs(), largest, logSum);
        int id = choose(logits, params, history, position, mask);
        return new Sampled(id, logProb(logits, id, largest, logSum), top);
    }

    /**
     * How likely a given id is under the model's own distribution.
     *
     * @param top how many of the likeliest ids come back too
     * @throws EngineException LOGITS_NOT_FINITE; STEP_INVALID for an id outside the vocabulary
     */
    public Sampled rate(float[] logits, int id, int top) {
        check(logits, SamplingParams.GREEDY, null, null);
        checked(id);
        double logSum = survey(logits);
        float largest = peaks.largest();
        return new Sampled(
                id, logProb(logits, id, largest, logSum), top(logits, top, largest, logSum));
    }

    /** Leaves the peaks and shares of the logits behind, and returns their sum's logarithm. */
    private double survey(float[] logits) {
        peaks.survey(logits, size);
        checkFinite(logits);
        Shares.of(logits, size, peaks.largest(), 1, shares);
        return Math.log(Shares.sum(shares, size));
    }

    private void check(
            float[] logits,
            SamplingParams params,
            @Nullable TokenHistory history,
            @Nullable TokenMask mask) {
        if (logits.length != size) {
            throw invalid("logits: " + logits.length, Integer.toString(size));
        }
        if (history == null && params.penalties().needGenerated()) {
            throw invalid("history: none", "one, since there are penalties");
        }
        if (mask != null && (mask.size() != size || mask.count() == 0)) {
            throw invalid(
                    "mask: %d of %d ids".formatted(mask.count(), mask.size()),
                    "at least 1 of " + size);
        }
    }

    private void checkFinite(float[] logits) {
        if (peaks.finite(logits, size)) {
            return;
        }
        for (int id = 0; id < size; id++) {
            if (!Float.isFinite(logits[id])) {
                throw new EngineException(
                        ErrorCode.LOGITS_NOT_FINITE,
                        "logit of id %d: %s (expected: finite)".formatted(id, logits[id]));
            }
        }
    }

    private static float logProb(float[] logits, int id, float largest, double logSum) {
        return (float) ((double) logits[id] - largest - logSum);
    }

    private List<TokenLogProb> top(float[] logits, int count, float largest, double logSum) {
        if (count == 0) {
            return List.of();
        }
        ranking.collect(logits, size, peaks.reachedBy(count));
        ranking.keep(count);
        ranking.sort();
        List<TokenLogProb> top = new ArrayList<>(count);
        for (int rank = 0; rank < ranking.size(); rank++) {
            int id = ranking.index(rank);
            top.add(new TokenLogProb(id, logProb(logits, id, largest, logSum)));
        }
        return top;
    }

    /** On entry the peaks and shares are those of the logits at temperature 1. */
    private int choose(
            float[] logits,
            SamplingParams params,
            @Nullable TokenHistory history,
            int position,
            @Nullable TokenMask mask) {
        float[] values = logits;
        int count = size;
        boolean own = true;
        TokenHistory penalised = params.penalties().needGenerated() ? history : null;
        if (penalised != null || !params.bias().addends().isEmpty()) {
            values = adjust(logits, params, penalised);
            own = false;
        }
        if (mask != null) {
            count = gather(values, mask);
            values = adjusted;
            own = false;
        }
        if (!own) {
            peaks.survey(values, count);
        }
        int index;
        if (params.greedy()) {
            index = peaks.first(values);
        } else {
            if (!own || params.temperature() != 1) {
                Shares.of(values, count, peaks.largest(), params.temperature(), shares);
            }
            index = draw(values, count, params, Philox.uniform(params.seed(), position));
        }
        return mask == null ? index : allowed[index];
    }

    private float[] adjust(float[] logits, SamplingParams params, @Nullable TokenHistory history) {
        System.arraycopy(logits, 0, adjusted, 0, size);
        for (Map.Entry<Integer, Float> bias : params.bias().addends().entrySet()) {
            adjusted[checked(bias.getKey())] += bias.getValue();
        }
        Penalties penalties = params.penalties();
        for (int i = 0; history != null && i < history.size(); i++) {
            int id = checked(history.id(i));
            int generated = history.generated(i);
            float value = adjusted[id];
            float repeated =
                    value > 0 ? value / penalties.repetition() : value * penalties.repetition();
            float less =
                    generated == 0 ? 0 : penalties.frequency() * generated + penalties.presence();
            // Logits near the end of the range must not leave it.
            adjusted[id] = Math.clamp(repeated - less, -Float.MAX_VALUE, Float.MAX_VALUE);
        }
        return adjusted;
    }

    private int checked(int id) {
        if (id < 0 || id >= size) {
            throw invalid("id: " + id, "0.." + (size - 1));
        }
        return id;
    }

    /** Puts the values of allowed ids together, in order of ids; those of {@code adjusted} too. */
    private int gather(float[] values, TokenMask mask) {
        int count = 0;
        for (int id = mask.next(0); id >= 0; id = mask.next(id + 1)) {
            allowed[count] = id;
            adjusted[count++] = values[id];
        }
        return count;
    }

    /** On entry the peaks are those of the values. */
    private int draw(float[] values, int count, SamplingParams params, double uniform) {
        Cut cut = params.cut();
        if (cut.keepsAll()) {
            return Shares.reach(shares, count, uniform * Shares.sum(shares, count));
        }
        int most = cut.topK() == 0 ? count : Math.min(cut.topK(), count);
        ranking.collect(values, count, threshold(count, most, params));
        ranking.keep(most);
        if (cut.topP() < 1) {
            boolean all = most == count && cut.minP() == 0;
            double total = all ? Shares.sum(shares, count) : ranking.sum(shares);
            ranking.keepSum(shares, cut.topP() * total);
        }
        int[] kept = ranking.inOrder(values);
        double target = uniform * ranking.sum(shares);
        int at = 0;
        double reached = shares[kept[0]];
        while (reached <= target && at < ranking.size() - 1) {
            reached += shares[kept[++at]];
        }
        return kept[at];
    }

    /** A value that all which the cut keeps do reach. */
    private float threshold(int count, int most, SamplingParams params) {
        Cut cut = params.cut();
        double least = cut.minP();
        if (most == count && cut.minP() == 0) {
            // All below it together hold less than half of what top-p leaves out.
            least = (1 - cut.topP()) / (2.0 * count);
        }
        float byShare = (float) (peaks.largest() + params.temperature() * Math.log(least));
        return most == count ? byShare : Math.max(byShare, peaks.reachedBy(most));
    }

    private static EngineException invalid(String value, String expected) {
        return new EngineException(ErrorCode.STEP_INVALID, value + " (expected: " + expected + ")");
    }
}
