package assay.engine.sample;

import java.util.List;

/**
 * The outcome of one draw. Probabilities are the model's own: temperature 1, no penalty, no bias,
 * no mask, nothing cut off.
 *
 * @param id the chosen token
 * @param logProb natural logarithm of its probability
 * @param top the likeliest ids, as many as were asked for, the likeliest first, of equally likely
 *     ones the lower id first; the chosen one need not be among them
 */
public record Sampled(int id, float logProb, List<TokenLogProb> top) {
    public Sampled {
        top = List.copyOf(top);
    }
}
