package assay.engine.sample;

/**
 * Unnormalised probabilities of a row of logits. All loops are over neighbouring elements without
 * branches or sums across them, which the compiler turns into vector instructions; sums go in a
 * fixed order, so that the same row gives the same bits anywhere. Stateless.
 */
final class Shares {
    /** Elements that are summed together before their sum is. */
    static final int CHUNK = 1_024;

    private static final int LANES = 8;

    /** Below it a share is below 2^-125: as good as none, yet a normal number. */
    private static final float EXPONENT_MIN = -87;

    /** Undone by ten squarings. */
    private static final double ROOT = 1.0 / 1_024;

    private Shares() {}

    /**
     * {@code into[i] = exp((logits[i] - largest) / temperature)} for the first {@code count}, at
     * least 1e-38. Error: 2e-7 relative for results above 1e-30. Algorithm: the Taylor polynomial
     * of exp(x / 1024), to the power of 1024 by squaring, in double; all of it vectorises, unlike
     * what works on the bits of the exponent.
     */
    static void of(float[] logits, int count, float largest, float temperature, float[] into) {
        // Not infinite, however cold: the largest itself stays at 0.
        float factor = Math.min(1 / temperature, Float.MAX_VALUE);
        for (int i = 0; i < count; i++) {
            double x = Math.max((logits[i] - largest) * factor, EXPONENT_MIN) * ROOT;
            double p = 1.0 / 120 + x * (1.0 / 720);
            p = 1.0 / 24 + x * p;
            p = 1.0 / 6 + x * p;
            p = 1.0 / 2 + x * p;
            p = 1 + x * p;
            p = 1 + x * p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            p *= p;
            into[i] = (float) p;
        }
    }

    /** Of elements {@code from} to {@code to}, in double. */
    static double sum(float[] values, int from, int to) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        double s4 = 0;
        double s5 = 0;
        double s6 = 0;
        double s7 = 0;
        int i = from;
        for (; i <= to - LANES; i += LANES) {
            s0 += values[i];
            s1 += values[i + 1];
            s2 += values[i + 2];
            s3 += values[i + 3];
            s4 += values[i + 4];
            s5 += values[i + 5];
            s6 += values[i + 6];
            s7 += values[i + 7];
        }
        double rest = 0;
        for (; i < to; i++) {
            rest += values[i];
        }
        return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)) + rest;
    }

    /** Of the first {@code count}, chunk by chunk. */
    static double sum(float[] values, int count) {
        double sum = 0;
        for (int from = 0; from < count; from += CHUNK) {
            sum += sum(values, from, Math.min(count, from + CHUNK));
        }
        return sum;
    }

    /**
     * The index at which the running sum first exceeds a target; the last one when rounding leaves
     * it short.
     */
    static int reach(float[] values, int count, double target) {
        double before = 0;
        for (int from = 0; from < count; from += CHUNK) {
            int to = Math.min(count, from + CHUNK);
            double after = before + sum(values, from, to);
            if (after > target || to == count) {
                for (int i = from; i < to; i++) {
                    before += values[i];
                    if (before > target) {
                        return i;
                    }
                }
                // The sum of a chunk in another order may exceed the target by a rounding.
                return to - 1;
            }
            before = after;
        }
        throw new IllegalArgumentException("values: none (expected: some)");
    }
}
