package assay.web.verify;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The JSON of a verification request, read field by field: unknown names, wrong types and what this
 * release can not do are refused by name, all at once. Confined to one call.
 */
final class VerificationBody {
    private static final int USUAL_SAMPLES = 8;
    private static final int NAME_CHARS = 40;
    private static final int MODEL_CHARS = 200;
    private static final Set<String> FIELDS =
            Set.of("scenario", "system", "statement", "preamble", "samples", "model");

    private final JsonNode object;
    private final Map<String, String> wrong = new LinkedHashMap<>();

    private VerificationBody(JsonNode object) {
        this.object = object;
    }

    /**
     * @throws WebException INVALID_REQUEST with every wrong field
     */
    static TheoremCommand read(JsonNode object, Caller caller, String requestId) {
        return new VerificationBody(object).command(caller, requestId);
    }

    private TheoremCommand command(Caller caller, String requestId) {
        if (!object.isObject()) {
            throw new WebException(
                    ErrorCode.INVALID_REQUEST,
                    "the body is " + type(object) + " (expected: an object)");
        }
        scenario();
        String system = system();
        String statement = required("statement");
        String preamble = text("preamble");
        int samples = samples();
        String model = text("model");
        if (model != null && (model.isEmpty() || model.length() > MODEL_CHARS)) {
            wrong.put("model", model.length() + " characters (expected: 1.." + MODEL_CHARS + ")");
        }
        if (!wrong.isEmpty()) {
            throw refuse();
        }
        return new TheoremCommand(
                caller,
                requestId,
                system,
                statement,
                preamble == null ? "" : preamble,
                samples,
                model);
    }

    /** Other scenarios have other fields: naming those as unknown would mislead. */
    private void scenario() {
        String scenario = required("scenario");
        switch (scenario) {
            case "theorem" -> refuseUnknown();
            case "code", "consistency" ->
                    wrong.put(
                            "scenario",
                            scenario + " is not available yet in this release (expected: theorem)");
            default -> wrong.putIfAbsent("scenario", "unknown (expected: theorem)");
        }
    }

    private void refuseUnknown() {
        for (String name : object.propertyNames()) {
            if (!FIELDS.contains(name)) {
                wrong.put(
                        name.length() <= NAME_CHARS ? name : name.substring(0, NAME_CHARS),
                        "unknown field");
            }
        }
    }

    private String system() {
        String system = required("system");
        switch (system) {
            case "coq" -> {}
            case "lean" ->
                    wrong.put("system", "lean is not installed in this release (expected: coq)");
            default -> wrong.putIfAbsent("system", "unknown (expected: coq)");
        }
        return system;
    }

    private int samples() {
        JsonNode node = field("samples");
        if (node == null) {
            return USUAL_SAMPLES;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            wrong.put("samples", "expected: a whole number, 1..32");
            return USUAL_SAMPLES;
        }
        int samples = node.intValue();
        if (samples < 1 || samples > TheoremCommand.MAX_SAMPLES) {
            wrong.put("samples", samples + " (expected: 1.." + TheoremCommand.MAX_SAMPLES + ")");
        }
        return samples;
    }

    private String required(String name) {
        String value = text(name);
        if (value == null) {
            wrong.putIfAbsent(name, "missing (expected: a text)");
            return "";
        }
        return value;
    }

    private @Nullable String text(String name) {
        JsonNode node = field(name);
        if (node == null) {
            return null;
        }
        if (!node.isString()) {
            wrong.put(name, type(node) + " (expected: string)");
            return null;
        }
        return node.stringValue();
    }

    /** The field; null where it is missing or says null. */
    private @Nullable JsonNode field(String name) {
        JsonNode node = object.get(name);
        return node == null || node.isNull() ? null : node;
    }

    private static String type(JsonNode node) {
        return node.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    private WebException refuse() {
        var detail = new StringBuilder();
        wrong.forEach((field, message) ->
                detail.append(detail.isEmpty() ? "" : "; ")
                        .append(field)
                        .append(": ")
                        .append(message));
        return new WebException(ErrorCode.INVALID_REQUEST, detail.toString(), wrong, null, null);
    }
}
