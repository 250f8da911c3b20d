package assay.engine.stage;

import assay.engine.sample.TokenLogProb;
import java.util.List;

/**
 * How likely the model holds a token of a prompt, after those before it.
 *
 * @param position of the token, 1 or above
 * @param logProb natural logarithm, at temperature 1
 * @param alternatives as many as were asked for, the likeliest first
 */
public record TokenRating(
        long sequenceId, int position, float logProb, List<TokenLogProb> alternatives) {
    public TokenRating {
        alternatives = List.copyOf(alternatives);
    }
}
