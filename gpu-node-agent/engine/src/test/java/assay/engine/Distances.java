package assay.engine;

import java.util.List;

/** How far rows of logits are apart. */
public final class Distances {
    private Distances() {}

    /** Of all rows together: the L2 norm of the difference over that of what was expected. */
    public static double relative(List<float[]> actual, float[][] expected) {
        if (actual.size() != expected.length) {
            throw new AssertionError("rows: " + actual.size() + " of " + expected.length);
        }
        double error = 0;
        double norm = 0;
        for (int t = 0; t < expected.length; t++) {
            for (int i = 0; i < expected[t].length; i++) {
                double difference = (double) actual.get(t)[i] - expected[t][i];
                error += difference * difference;
                norm += (double) expected[t][i] * expected[t][i];
            }
        }
        return Math.sqrt(error / norm);
    }

    /** The largest difference of two logits. */
    public static double largest(List<float[]> actual, float[][] expected) {
        double largest = 0;
        for (int t = 0; t < expected.length; t++) {
            for (int i = 0; i < expected[t].length; i++) {
                largest = Math.max(largest, Math.abs(actual.get(t)[i] - expected[t][i]));
            }
        }
        return largest;
    }

    /** The id with the largest logit; the lowest of several. */
    public static int likeliest(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }
}
