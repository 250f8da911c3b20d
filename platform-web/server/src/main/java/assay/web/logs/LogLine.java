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

    /** A field's value; empty where the line has none. */
    public String field(String name) {
        return fields.getOrDefault(name, "");
    }
}
