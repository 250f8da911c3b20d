package assay.web.serving;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What moves the choice of tokens beyond temperature and cuts. Immutable.
 *
 * @param minP 0 is off; drops tokens below this share of the likeliest one's probability
 * @param repetitionPenalty 1 is off; of tokens that occur in prompt or answer
 * @param presencePenalty of tokens that occur in the answer
 * @param frequencyPenalty for each time a token occurs in the answer
 * @param logitBias added to the logits of these ids
 * @param constraint the form that the whole output has; null for any
 */
public record Steering(
        float minP,
        float repetitionPenalty,
        float presencePenalty,
        float frequencyPenalty,
        Map<Integer, Float> logitBias,
        @Nullable Constraint constraint) {
    /** Nothing is moved. */
    public static final Steering NONE = new Steering(0, 1, 0, 0, Map.of(), null);

    /** A form of output. */
    public sealed interface Constraint {
        /** A regular expression that the whole output matches. */
        record Regex(String pattern) implements Constraint {}

        /** A JSON Schema, as JSON. */
        record JsonSchema(String schema) implements Constraint {}

        /** Any JSON object. */
        record JsonObject() implements Constraint {}

        /** A grammar in GBNF, with the rule {@code root}. */
        record Grammar(String rules) implements Constraint {}
    }

    public Steering {
        logitBias = Map.copyOf(logitBias);
    }
}
