package assay.engine.stage;

import assay.engine.sample.TokenLogProb;
import java.util.List;

/**
 * The token that follows a slice.
 *
 * @param logProb of the chosen id under the model's own distribution (temperature 1)
 * @param alternatives as many as were asked for, the likeliest first
 */
public record SampledToken(
        long sequenceId, int id, float logProb, List<TokenLogProb> alternatives) {
    public SampledToken {
        alternatives = List.copyOf(alternatives);
    }

    /** A token that nobody asked alternatives for. */
    public SampledToken(long sequenceId, int id, float logProb) {
        this(sequenceId, id, logProb, List.of());
    }
}
