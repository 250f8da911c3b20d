package assay.web.jobs;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What says how a job is to be run, read field by field: unknown names and wrong types are refused
 * by name, all at once. Confined to one call.
 */
final class JobFields {
    static final Set<String> NAMES =
            Set.of("kind", "name", "model", "defaults", "priority", "deadline", "max_attempts");

    private final ObjectNode object;
    private final Map<String, String> wrong = new LinkedHashMap<>();

    private JobFields(ObjectNode object) {
        this.object = object;
    }

    /**
     * @param key what came as {@code Idempotency-Key}
     * @throws WebException INVALID_REQUEST with every wrong field
     */
    static NewJob read(ObjectNode object, @Nullable String key) {
        return new JobFields(object).job(key);
    }

    /** All that is wrong, as one error. */
    static WebException refuse(Map<String, String> wrong) {
        var detail = new StringBuilder();
        wrong.forEach((field, message) ->
                detail.append(detail.isEmpty() ? "" : "; ")
                        .append(field)
                        .append(": ")
                        .append(message));
        return new WebException(ErrorCode.INVALID_REQUEST, detail.toString(), wrong, null, null);
    }

    private NewJob job(@Nullable String key) {
        for (String name : object.propertyNames()) {
            if (!NAMES.contains(name)) {
                wrong.put(name.length() <= 40 ? name : name.substring(0, 40), "unknown field");
            }
        }
        JobKind kind = kind();
        String name = text("name");
        String model = text("model");
        ObjectNode defaults = defaults(model);
        int priority = whole("priority");
        int maxAttempts = whole("max_attempts");
        Instant deadline = deadline();
        if (!wrong.isEmpty() || kind == null) {
            throw refuse(wrong);
        }
        return new NewJob(
                key,
                name == null ? kind.id() : name,
                kind,
                model,
                defaults,
                priority,
                deadline,
                maxAttempts);
    }

    private @Nullable JobKind kind() {
        String kind = text("kind");
        for (JobKind each : JobKind.values()) {
            if (each.id().equals(kind)) {
                return each;
            }
        }
        wrong.putIfAbsent(
                "kind", (kind == null ? "missing" : "unknown") + " (expected: generate or verify)");
        return null;
    }

    /** The job's model is one more default of its items. */
    private ObjectNode defaults(@Nullable String model) {
        JsonNode node = field("defaults");
        if (node != null && !node.isObject()) {
            wrong.put("defaults", type(node) + " (expected: an object)");
        }
        ObjectNode defaults =
                node instanceof ObjectNode given ? given.deepCopy() : object.objectNode();
        if (defaults.has("id")) {
            wrong.put("defaults", "has an id (expected: each item has its own)");
        }
        if (model != null && !defaults.has("model")) {
            defaults.put("model", model);
        }
        return defaults;
    }

    private int whole(String name) {
        JsonNode node = field(name);
        if (node == null) {
            return 0;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            wrong.put(name, type(node) + " (expected: a whole number)");
            return 0;
        }
        return node.intValue();
    }

    private @Nullable Instant deadline() {
        String text = text("deadline");
        if (text == null) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            wrong.put("deadline", "no time (expected: as in 2030-01-31T12:00:00Z)");
            return null;
        }
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
}
