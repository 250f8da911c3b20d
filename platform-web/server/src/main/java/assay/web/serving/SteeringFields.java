package assay.web.serving;

import assay.web.serving.Steering.Constraint;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The fields of {@link Steering} in a JSON request. Confined to one request. */
final class SteeringFields {
    static final Set<String> NAMES =
            Set.of(
                    "min_p",
                    "repetition_penalty",
                    "presence_penalty",
                    "frequency_penalty",
                    "logit_bias",
                    "constraint");

    private static final float REPETITION_MAX = 10;
    private static final float PENALTY_MAX = 2;
    private static final float BIAS_MAX = 100;
    private static final int BIASES_MAX = 300;
    private static final int CONSTRAINT_CHARS = 65_536;
    private static final String ONE_FORM =
            "expected: an object with one of regex, json_schema, json_object, grammar";

    private final JsonNode object;
    private final Map<String, String> wrong;

    /**
     * @param wrong what can not be used is put there by its name
     */
    SteeringFields(JsonNode object, Map<String, String> wrong) {
        this.object = object;
        this.wrong = wrong;
    }

    Steering read() {
        return new Steering(
                number("min_p", 0, 0, 1),
                number("repetition_penalty", 1, Float.MIN_NORMAL, REPETITION_MAX),
                number("presence_penalty", 0, -PENALTY_MAX, PENALTY_MAX),
                number("frequency_penalty", 0, -PENALTY_MAX, PENALTY_MAX),
                biases(),
                constraint());
    }

    private @Nullable JsonNode field(String name) {
        JsonNode node = object.get(name);
        return node == null || node.isNull() ? null : node;
    }

    private float number(String name, float missing, float least, float most) {
        JsonNode node = field(name);
        if (node == null) {
            return missing;
        }
        if (node.isNumber() && node.doubleValue() >= least && node.doubleValue() <= most) {
            return node.floatValue();
        }
        String from = least == Float.MIN_NORMAL ? "above 0" : "" + least;
        wrong.put(name, "expected: a number, %s..%s".formatted(from, most));
        return missing;
    }

    private Map<Integer, Float> biases() {
        JsonNode node = field("logit_bias");
        Map<Integer, Float> biases = new HashMap<>();
        if (node == null) {
            return biases;
        }
        boolean good = node.isObject() && node.size() <= BIASES_MAX;
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            JsonNode value = entry.getValue();
            good &= entry.getKey().matches("[0-9]{1,9}");
            good &= value.isNumber() && Math.abs(value.doubleValue()) <= BIAS_MAX;
            if (good) {
                biases.put(Integer.valueOf(entry.getKey()), value.floatValue());
            }
        }
        if (!good) {
            wrong.put(
                    "logit_bias",
                    "expected: an object of at most %d token ids with numbers, -%.0f..%.0f"
                            .formatted(BIASES_MAX, BIAS_MAX, BIAS_MAX));
        }
        return biases;
    }

    private @Nullable Constraint constraint() {
        JsonNode node = field("constraint");
        if (node == null) {
            return null;
        }
        if (!node.isObject() || node.size() != 1) {
            wrong.put("constraint", ONE_FORM);
            return null;
        }
        String form = node.propertyNames().iterator().next();
        JsonNode value = node.get(form);
        String text = value.isString() ? value.stringValue() : value.toString();
        if (text.length() > CONSTRAINT_CHARS) {
            wrong.put(
                    "constraint",
                    text.length() + " characters (expected: at most " + CONSTRAINT_CHARS + ")");
            return null;
        }
        boolean words = value.isString() && !text.isEmpty();
        Constraint constraint =
                switch (form) {
                    case "regex" -> words ? new Constraint.Regex(text) : null;
                    case "grammar" -> words ? new Constraint.Grammar(text) : null;
                    case "json_schema" -> value.isObject() ? new Constraint.JsonSchema(text) : null;
                    case "json_object" ->
                            value.isBoolean() && value.booleanValue()
                                    ? new Constraint.JsonObject()
                                    : null;
                    default -> null;
                };
        if (constraint == null) {
            wrong.put("constraint", ONE_FORM);
        }
        return constraint;
    }
}
