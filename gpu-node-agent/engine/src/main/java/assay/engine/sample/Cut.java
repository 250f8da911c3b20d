package assay.engine.sample;

/**
 * Which of the likeliest ids are kept, at the temperature. Immutable.
 *
 * @param minP keeps ids that are at least this many times as likely as the likeliest, 0..1; 0 keeps
 *     all. Source: arXiv 2407.01082, sec. 3.
 * @param topK keeps that many; 0 keeps all
 * @param topP keeps the likeliest, of those kept so far, until they hold this share of them, above
 *     0 and at most 1 (all). Source: nucleus sampling, arXiv 1904.09751, sec. 3.1.
 */
public record Cut(float minP, int topK, float topP) {
    public static final Cut NONE = new Cut(0, 0, 1);

    public Cut {
        if (!(minP >= 0 && minP <= 1)) {
            throw SamplingParams.invalid("min_p: " + minP, "0..1");
        }
        if (topK < 0) {
            throw SamplingParams.invalid("top_k: " + topK, "at least 0");
        }
        if (!(topP > 0 && topP <= 1)) {
            throw SamplingParams.invalid("top_p: " + topP, "above 0, at most 1");
        }
    }

    boolean keepsAll() {
        return minP == 0 && topK == 0 && topP == 1;
    }
}
