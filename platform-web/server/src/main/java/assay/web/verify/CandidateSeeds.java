package assay.web.verify;

import java.util.UUID;

/**
 * The seeds of a verification's candidates: a function of its id and the candidate's number alone,
 * so that any answer can be drawn again from what the report says.
 *
 * <p>Source: the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", 2014), a bijection: different numbers of one verification never share a seed.
 */
final class CandidateSeeds {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private CandidateSeeds() {}

    /**
     * @param number from 1
     */
    static long seed(UUID verification, int number) {
        long base = verification.getMostSignificantBits() ^ verification.getLeastSignificantBits();
        long z = base + number * GOLDEN_GAMMA;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
