package assay.engine.layer;

import assay.engine.model.FeedForwardSpec;
import assay.engine.model.FeedForwardSpec.Router;
import java.util.Arrays;

/**
 * Which experts one token goes through, and with what weight. Goals: the choice of a token depends
 * on its logits alone; of equal experts and groups the lower one is taken (the original leaves that
 * open). Algorithm of {@link Router.Softmax}: the likeliest experts of a softmax over all. Of
 * {@link Router.GroupedSigmoid}: each expert is rated by its sigmoid plus a bias, each group by its
 * two best ratings; the best experts of the best groups are taken, weighed by their sigmoids
 * without the bias. Source: {@code modeling_mixtral.py}, {@code modeling_qwen3_moe.py} and {@code
 * modeling_deepseek_v3.py} of transformers 5.17; releases before 5 put 0 where ratings outside the
 * groups are left out here, which differs once a rating inside is below 0.
 *
 * <p>Keeps scratch arrays: confined to the thread of its stage.
 */
final class ExpertChoice {
    /** Keeps a sum of sigmoids that are all 0 from dividing. */
    private static final double LEAST_SUM = 1e-20;

    private final FeedForwardSpec.Experts spec;
    private final float[] bias;
    private final double[] shares;
    private final float[] ratings;
    private final boolean[] open;

    /**
     * @param bias one for each expert, added for the choice alone
     */
    ExpertChoice(FeedForwardSpec.Experts spec, float[] bias) {
        this.spec = spec;
        this.bias = bias;
        this.shares = new double[spec.count()];
        this.ratings = new float[spec.count()];
        this.open = new boolean[spec.count()];
    }

    /**
     * Chooses for one token.
     *
     * @param logits one for each expert
     * @param experts out: perToken different ones
     * @param weights out: one for each of them
     */
    void choose(float[] logits, int[] experts, float[] weights) {
        switch (spec.router()) {
            case Router.Softmax(boolean normalised) -> {
                softmax(logits);
                Arrays.fill(open, true);
                System.arraycopy(logits, 0, ratings, 0, ratings.length);
                takeBest(experts);
                weigh(experts, weights, normalised ? sum(experts) : 1, 1);
            }
            case Router.GroupedSigmoid sigmoid -> {
                for (int e = 0; e < shares.length; e++) {
                    shares[e] = 1 / (1 + Math.exp(-logits[e]));
                    ratings[e] = (float) shares[e] + bias[e];
                }
                openBestGroups(sigmoid.groups(), sigmoid.groupsKept());
                takeBest(experts);
                double divisor = sigmoid.normalised() ? sum(experts) + LEAST_SUM : 1;
                weigh(experts, weights, divisor, sigmoid.scale());
            }
        }
    }

    private void softmax(float[] logits) {
        double largest = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double sum = 0;
        for (int e = 0; e < shares.length; e++) {
            shares[e] = Math.exp(logits[e] - largest);
            sum += shares[e];
        }
        for (int e = 0; e < shares.length; e++) {
            shares[e] /= sum;
        }
    }

    private void openBestGroups(int groups, int groupsKept) {
        int size = shares.length / groups;
        Arrays.fill(open, false);
        for (int kept = 0; kept < groupsKept; kept++) {
            int best = -1;
            float bestRating = 0;
            for (int first = 0; first < shares.length; first += size) {
                float rating = twoBest(first, size);
                if (!open[first] && (best < 0 || rating > bestRating)) {
                    best = first;
                    bestRating = rating;
                }
            }
            Arrays.fill(open, best, best + size, true);
        }
    }

    /** Sum of the two best ratings of a group. */
    private float twoBest(int first, int size) {
        float best = Float.NEGATIVE_INFINITY;
        float second = Float.NEGATIVE_INFINITY;
        for (int e = first; e < first + size; e++) {
            if (ratings[e] > best) {
                second = best;
                best = ratings[e];
            } else if (ratings[e] > second) {
                second = ratings[e];
            }
        }
        return best + second;
    }

    /** Takes the best of the open experts, and closes them. */
    private void takeBest(int[] experts) {
        for (int i = 0; i < experts.length; i++) {
            int best = -1;
            for (int e = 0; e < ratings.length; e++) {
                if (open[e] && (best < 0 || ratings[e] > ratings[best])) {
                    best = e;
                }
            }
            open[best] = false;
            experts[i] = best;
        }
    }

    private double sum(int[] experts) {
        double sum = 0;
        for (int expert : experts) {
            sum += shares[expert];
        }
        return sum;
    }

    private void weigh(int[] experts, float[] weights, double divisor, double scale) {
        for (int i = 0; i < experts.length; i++) {
            weights[i] = (float) (shares[experts[i]] / divisor * scale);
        }
    }
}
