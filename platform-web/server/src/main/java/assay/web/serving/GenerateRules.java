package assay.web.serving;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.models.ModelCatalog;
import assay.web.models.RegisteredModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a generate request may hold, the same at every public face. All that is wrong is told at
 * once. Stateless.
 */
final class GenerateRules {
    static final int STOP_SEQUENCES = 16;
    static final int STOP_CHARS = 256;
    static final int TOP_K = 1_000_000;
    private static final float TEMPERATURE = 2;

    private GenerateRules() {}

    /**
     * A request as it came, numbers not looked at yet.
     *
     * @param prompt null when it is missing
     * @param maxTokens NaN when it is missing
     */
    record Asked(
            @Nullable String model,
            @Nullable String prompt,
            double maxTokens,
            double temperature,
            double topP,
            double topK,
            @Nullable Long seed,
            List<String> stopSequences,
            Steering steering) {
        Asked {
            stopSequences = List.copyOf(stopSequences);
        }
    }

    /**
     * @throws WebException MODEL_UNKNOWN
     */
    static RegisteredModel model(ModelCatalog catalog, @Nullable String name) {
        return catalog.find(name)
                .orElseThrow(() -> {
                    String message =
                            name == null ? "there is no default model" : "there is no such model";
                    return new WebException(
                            ErrorCode.MODEL_UNKNOWN,
                            "model: " + message,
                            Map.of("model", message),
                            null,
                            null);
                });
    }

    /**
     * @param wrong fields that could not even be read, with their messages
     * @throws WebException INVALID_REQUEST with every wrong field; MODEL_UNKNOWN
     */
    static GenerateCommand check(
            Asked asked,
            Map<String, String> wrong,
            ModelCatalog catalog,
            Caller caller,
            String requestId) {
        Map<String, String> fields = new LinkedHashMap<>(wrong);
        RegisteredModel model = wrong.containsKey("model") ? null : model(catalog, asked.model());
        checkPrompt(asked.prompt(), fields);
        if (model != null) {
            checkWhole(fields, "max_tokens", asked.maxTokens(), 1, model.contextLength());
        }
        checkReal(fields, "temperature", asked.temperature(), TEMPERATURE);
        checkReal(fields, "top_p", asked.topP(), 1);
        checkWhole(fields, "top_k", asked.topK(), 0, TOP_K);
        checkStops(asked.stopSequences(), fields);
        String prompt = asked.prompt();
        if (!fields.isEmpty() || prompt == null) {
            throw refuse(fields);
        }
        return new GenerateCommand(
                requestId,
                caller,
                asked.model(),
                prompt,
                (int) asked.maxTokens(),
                (float) asked.temperature(),
                (float) asked.topP(),
                (int) asked.topK(),
                asked.seed(),
                asked.stopSequences(),
                asked.steering(),
                false);
    }

    static WebException refuse(Map<String, String> fields) {
        var detail = new StringBuilder();
        fields.forEach((field, message) ->
                detail.append(detail.isEmpty() ? "" : "; ")
                        .append(field)
                        .append(": ")
                        .append(message));
        return new WebException(ErrorCode.INVALID_REQUEST, detail.toString(), fields, null, null);
    }

    private static void checkPrompt(@Nullable String prompt, Map<String, String> fields) {
        if (prompt == null) {
            fields.putIfAbsent("prompt", "missing (expected: a text)");
        } else if (prompt.isEmpty()) {
            fields.put("prompt", "empty (expected: at least one character)");
        } else if (!wellFormed(prompt)) {
            fields.put("prompt", "half of a surrogate pair (expected: valid Unicode)");
        }
    }

    private static void checkStops(List<String> stops, Map<String, String> fields) {
        if (stops.size() > STOP_SEQUENCES) {
            fields.put(
                    "stop_sequence",
                    stops.size() + " of them (expected: at most " + STOP_SEQUENCES + ")");
        }
        for (String stop : stops) {
            if (stop.isEmpty() || stop.length() > STOP_CHARS) {
                fields.put(
                        "stop_sequence",
                        stop.length() + " characters (expected: 1.." + STOP_CHARS + ")");
            } else if (!wellFormed(stop)) {
                fields.put("stop_sequence", "half of a surrogate pair (expected: valid Unicode)");
            }
        }
    }

    private static boolean wellFormed(String text) {
        return text.codePoints()
                .noneMatch(point ->
                        point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
    }

    private static void checkWhole(
            Map<String, String> fields, String field, double value, int least, int most) {
        if (fields.containsKey(field)) {
            return;
        }
        String expected = " (expected: " + least + ".." + most + ")";
        if (Double.isNaN(value)) {
            fields.put(field, "missing" + expected);
        } else if (value != Math.rint(value) || Double.isInfinite(value)) {
            fields.put(field, value + expected);
        } else if (value < least || value > most) {
            fields.put(field, plain(value) + expected);
        }
    }

    private static void checkReal(
            Map<String, String> fields, String field, double value, float most) {
        if (!fields.containsKey(field) && !(value >= 0 && value <= most)) {
            fields.put(field, value + " (expected: 0.." + plain(most) + ")");
        }
    }

    private static String plain(double whole) {
        return Math.abs(whole) < 1e15 ? Long.toString((long) whole) : Double.toString(whole);
    }
}
