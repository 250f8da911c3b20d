package assay.web.serving;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The JSON of a generate request, read field by field: an unknown name or a wrong type is refused
 * by its name, not guessed at.
 *
 * @param wrong fields that could not be read, with their messages
 */
record GenerateBody(
        GenerateRules.Asked asked, boolean logProbs, boolean stream, Map<String, String> wrong) {
    private static final Set<String> FIELDS =
            Set.of(
                    "model",
                    "prompt",
                    "max_tokens",
                    "temperature",
                    "top_p",
                    "top_k",
                    "seed",
                    "stop_sequence",
                    "log_probs",
                    "stream");

    GenerateBody {
        wrong = Map.copyOf(wrong);
    }

    static GenerateBody of(JsonNode object) {
        return new Reader(object).read();
    }

    /** Reads one object. Confined to a call of {@link #of}. */
    private static final class Reader {
        private static final int NAME_CHARS = 40;

        private final JsonNode object;
        private final Map<String, String> wrong = new LinkedHashMap<>();

        Reader(JsonNode object) {
            this.object = object;
        }

        GenerateBody read() {
            for (String name : object.propertyNames()) {
                if (!FIELDS.contains(name) && !SteeringFields.NAMES.contains(name)) {
                    wrong.put(
                            name.length() <= NAME_CHARS ? name : name.substring(0, NAME_CHARS),
                            "unknown field");
                }
            }
            var asked =
                    new GenerateRules.Asked(
                            text("model"),
                            text("prompt"),
                            number("max_tokens", Double.NaN),
                            number("temperature", 0),
                            number("top_p", 0),
                            number("top_k", 0),
                            seed(),
                            stops(),
                            new SteeringFields(object, wrong).read());
            return new GenerateBody(asked, flag("log_probs"), flag("stream"), wrong);
        }

        /** The field; null where it is missing or says null. */
        private @Nullable JsonNode field(String name) {
            JsonNode node = object.get(name);
            return node == null || node.isNull() ? null : node;
        }

        private void expect(String name, JsonNode node, String expected) {
            wrong.put(
                    name,
                    node.getNodeType().name().toLowerCase(java.util.Locale.ROOT)
                            + " (expected: "
                            + expected
                            + ")");
        }

        private @Nullable String text(String name) {
            JsonNode node = field(name);
            if (node == null) {
                return null;
            }
            if (!node.isString()) {
                expect(name, node, "string");
                return null;
            }
            return node.stringValue();
        }

        private double number(String name, double missing) {
            JsonNode node = field(name);
            if (node == null) {
                return missing;
            }
            if (!node.isNumber()) {
                expect(name, node, "number");
                return missing;
            }
            try {
                double value = node.doubleValue();
                if (Double.isNaN(value)) {
                    wrong.put(name, "NaN (expected: a number)");
                    return missing;
                }
                return value;
            } catch (JacksonException e) {
                return Double.POSITIVE_INFINITY; // above every bound
            }
        }

        private @Nullable Long seed() {
            JsonNode node = field("seed");
            if (node == null) {
                return null;
            }
            if (!node.isIntegralNumber() || !node.canConvertToLong()) {
                wrong.put("seed", "expected: a whole number of 64 bits");
                return null;
            }
            return node.longValue();
        }

        private boolean flag(String name) {
            JsonNode node = field(name);
            if (node == null) {
                return false;
            }
            if (!node.isBoolean()) {
                expect(name, node, "boolean");
                return false;
            }
            return node.booleanValue();
        }

        private List<String> stops() {
            JsonNode node = field("stop_sequence");
            if (node == null) {
                return List.of();
            }
            if (!node.isArray() || node.size() > GenerateRules.STOP_SEQUENCES) {
                wrong.put(
                        "stop_sequence",
                        "expected: an array of at most "
                                + GenerateRules.STOP_SEQUENCES
                                + " strings");
                return List.of();
            }
            var stops = new ArrayList<String>();
            for (JsonNode stop : node) {
                if (!stop.isString()) {
                    expect("stop_sequence", stop, "string");
                    return List.of();
                }
                stops.add(stop.stringValue());
            }
            return stops;
        }
    }
}
