package assay.engine.batch;

/**
 * How long a step takes on the slowest stage: {@code a + b * tokens + c * tokens * context},
 * learned from the steps that came back. The last term is attention, which makes the later chunks
 * of a long prompt dearer than the first. Least squares with forgetting; a term that comes out
 * negative is left out. Until steps have been seen, a token costs 1 and nothing else does, so that
 * shares are shares of tokens.
 *
 * <p>Confined to the batch loop.
 */
final class StepCost {
    private static final double REMEMBERED = 0.98;
    private static final double WEIGHT_LEAST = 8; // steps, about, before what was learned counts
    private static final double CONTEXT_SCALE = 1.0 / 1_024; // terms of like size
    private static final double RIDGE = 1e-6;
    private static final int TERMS = 3;

    private final double[][] products = new double[TERMS][TERMS];
    private final double[] targets = new double[TERMS];
    private double weight;
    private double perToken = 1;
    private double perTokenContext;

    /**
     * A step came back.
     *
     * @param tokenContexts sum over its tokens of the positions each attends to
     */
    void observe(int tokens, double tokenContexts, double nanos) {
        double[] x = {1, tokens, tokenContexts * CONTEXT_SCALE};
        for (int i = 0; i < TERMS; i++) {
            targets[i] = REMEMBERED * targets[i] + x[i] * nanos;
            for (int j = 0; j < TERMS; j++) {
                products[i][j] = REMEMBERED * products[i][j] + x[i] * x[j];
            }
        }
        weight = REMEMBERED * weight + 1;
        if (weight >= WEIGHT_LEAST) {
            fit();
        }
    }

    private void fit() {
        double[] all = solve(true, true);
        if (all[0] < 0) {
            all = solve(false, true);
        }
        if (all[2] < 0) {
            all = solve(all[0] > 0, false);
        }
        if (all[1] > 0 && all[2] >= 0) {
            perToken = all[1];
            perTokenContext = all[2] * CONTEXT_SCALE;
        }
    }

    /** The normal equations by elimination, with the terms that are left in. */
    private double[] solve(boolean constant, boolean context) {
        double[][] m = new double[TERMS][TERMS + 1];
        boolean[] in = {constant, true, context};
        for (int i = 0; i < TERMS; i++) {
            for (int j = 0; j < TERMS; j++) {
                m[i][j] = in[i] && in[j] ? products[i][j] : 0;
            }
            m[i][i] += in[i] ? RIDGE * products[i][i] + RIDGE : 1;
            m[i][TERMS] = in[i] ? targets[i] : 0;
        }
        for (int i = 0; i < TERMS; i++) { // positive definite: no pivoting
            for (int k = 0; k < TERMS; k++) {
                if (k != i) {
                    double factor = m[k][i] / m[i][i];
                    for (int j = i; j <= TERMS; j++) {
                        m[k][j] -= factor * m[i][j];
                    }
                }
            }
        }
        double[] x = new double[TERMS];
        for (int i = 0; i < TERMS; i++) {
            x[i] = m[i][TERMS] / m[i][i];
        }
        return x;
    }

    /** What tokens from a position on add to a step. */
    double of(int position, int tokens) {
        return perToken * tokens + perTokenContext * contexts(position, tokens);
    }

    /** The most tokens from a position on that add no more than that; 0 when none does. */
    int tokensWithin(double budget, int position) {
        if (budget < of(position, 1)) {
            return 0;
        }
        // perTokenContext / 2 * n^2 + (perToken + perTokenContext * (position + 1/2)) * n = budget
        double half = perTokenContext / 2;
        double linear = perToken + perTokenContext * (position + 0.5);
        double root = 2 * budget / (linear + Math.sqrt(linear * linear + 4 * half * budget));
        return (int) Math.min(root * (1 + 1e-9), Integer.MAX_VALUE);
    }

    /** Sum over the tokens of the positions each attends to, its own included. */
    static double contexts(int position, int tokens) {
        return tokens * (position + (tokens + 1) / 2.0);
    }
}
