package assay.engine.sample;

/**
 * Noise as a pure function of (key, counter): no state to keep, to send or to restore. Source:
 * Philox4x32-10 of Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC
 * 2011).
 */
final class Philox {
    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final long LOW_WORD = 0xFFFFFFFFL;

    private Philox() {}

    /** The four words for a counter of four words and a key of two. */
    static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * (c0 & LOW_WORD);
            long product1 = MULTIPLIER_1 * (c2 & LOW_WORD);
            int next0 = (int) (product1 >>> Integer.SIZE) ^ c1 ^ k0;
            int next2 = (int) (product0 >>> Integer.SIZE) ^ c3 ^ k1;
            c0 = next0;
            c1 = (int) product1;
            c2 = next2;
            c3 = (int) product0;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        return new int[] {c0, c1, c2, c3};
    }

    /** Uniform in [0, 1), 53 bits, for one position under one seed. */
    static double uniform(long seed, int position) {
        int[] words = block(position, 0, 0, 0, (int) seed, (int) (seed >>> Integer.SIZE));
        long bits = (words[0] & LOW_WORD) << Integer.SIZE | (words[1] & LOW_WORD);
        return (bits >>> 11) * 0x1.0p-53;
    }

    /** Another seed: a word of the noise is never one, as the last counter differs. */
    static long derived(long seed, int index) {
        int[] words = block(index, 0, 0, 1, (int) seed, (int) (seed >>> Integer.SIZE));
        return (words[0] & LOW_WORD) << Integer.SIZE | (words[1] & LOW_WORD);
    }
}
