package assay.web.logs;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * A line that was found. Immutable.
 *
 * @param id stable
 * @param fields by their names in the Elastic Common Schema
 */
public record LogLine(String id, Instant at, Map<String, String> fields) {
    public LogLine {
        fields = Map.copyOf(fields);
    }

    static LogLine of(String id, JsonNode document) {
        Map<String, String> fields = new TreeMap<>();
        flatten("", document, fields);
        return new LogLine(id, Instant.parse(document.path("@timestamp").asString()), fields);
    }

    private static void flatten(String name, JsonNode node, Map<String, String> fields) {
        if (node.isObject()) {
            node.forEachEntry((key, value) ->
                    flatten(name.isEmpty() ? key : name + "." + key, value, fields));
        } else if (node.isArray()) {
            fields.put(name, node.toString());
        } else if (!node.isNull()) {
            fields.put(name, node.asString());
        }
    }

    public String level() {
        return field("log.level");
    }

    /** The program; empty for words that were not logged. */
    public String process() {
        return field("service.name");
    }

    public String node() {
        return field("service.node.name");
    }

    public String message() {
        return field("message");
    }

    /** The code of a structured event; empty for others. */
    public String code() {
        return field("event.code");
    }

    public String stackTrace() {
        return field("error.stack_trace");
    }

    /** All fields by name but those that are long and told by themselves. */
    public Map<String, String> details() {
        var details = new TreeMap<>(fields);
        details.remove("message");
        details.remove("error.stack_trace");
        return details;
    }

    /** A field's value; empty where the line has none. */
    public String field(String name) {
        return fields.getOrDefault(name, "");
    }
}
