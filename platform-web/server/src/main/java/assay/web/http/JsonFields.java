package assay.web.http;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The fields of a JSON object, read by name and type. What is wrong is collected and refused all at
 * once by {@link #done}; until then a wrong field reads as its default. Confined to one call.
 */
public final class JsonFields {
    private static final int NAME_CHARS = 40;

    private final JsonNode object;
    private final String prefix;
    private final Map<String, String> wrong;

    private JsonFields(JsonNode object, String prefix, Map<String, String> wrong) {
        this.object = object;
        this.prefix = prefix;
        this.wrong = wrong;
    }

    /**
     * @param names of all fields that there are; any other is refused
     */
    public static JsonFields of(JsonNode object, Set<String> names) {
        return new JsonFields(object, "", new LinkedHashMap<>()).knowing(names);
    }

    private JsonFields knowing(Set<String> names) {
        for (String name : object.propertyNames()) {
            if (!names.contains(name)) {
                wrong(
                        name.length() <= NAME_CHARS ? name : name.substring(0, NAME_CHARS),
                        "unknown field");
            }
        }
        return this;
    }

    /** Whether the field is there, if only to say null. */
    public boolean has(String name) {
        return object.has(name);
    }

    /** The text; the default where it is missing or null. */
    public String text(String name, String otherwise) {
        JsonNode node = field(name);
        if (node == null) {
            return otherwise;
        }
        if (!node.isString()) {
            wrong(name, type(node) + " (expected: string)");
            return otherwise;
        }
        return node.stringValue();
    }

    /** The text, which must be there. */
    public String required(String name) {
        if (field(name) == null) {
            wrong(name, "missing (expected: a text)");
            return "";
        }
        return text(name, "");
    }

    public int whole(String name, int otherwise) {
        JsonNode node = field(name);
        if (node == null) {
            return otherwise;
        }
        if (!node.isIntegralNumber() || !node.canConvertToInt()) {
            wrong(name, type(node) + " (expected: a whole number of 32 bits)");
            return otherwise;
        }
        return node.intValue();
    }

    public double number(String name, double otherwise) {
        JsonNode node = field(name);
        if (node == null) {
            return otherwise;
        }
        if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
            wrong(name, type(node) + " (expected: a finite number)");
            return otherwise;
        }
        return node.doubleValue();
    }

    public boolean flag(String name, boolean otherwise) {
        JsonNode node = field(name);
        if (node == null) {
            return otherwise;
        }
        if (!node.isBoolean()) {
            wrong(name, type(node) + " (expected: true or false)");
            return otherwise;
        }
        return node.booleanValue();
    }

    /** One of the values, by its name in lower case. */
    public <E extends Enum<E>> E choice(String name, E otherwise) {
        String text = text(name, id(otherwise));
        E[] values = otherwise.getDeclaringClass().getEnumConstants();
        List<String> ids = new ArrayList<>();
        for (E each : values) {
            if (id(each).equals(text)) {
                return each;
            }
            ids.add(id(each));
        }
        wrong(name, "unknown (expected: " + String.join(", ", ids) + ")");
        return otherwise;
    }

    /** A list of texts; empty where it is missing. */
    public List<String> texts(String name) {
        JsonNode node = field(name);
        List<String> texts = new ArrayList<>();
        if (node == null) {
            return texts;
        }
        if (!node.isArray()) {
            wrong(name, type(node) + " (expected: a list of strings)");
            return texts;
        }
        for (JsonNode each : node) {
            if (!each.isString()) {
                wrong(name, "holds " + type(each) + " (expected: a list of strings)");
                return texts;
            }
            texts.add(each.stringValue());
        }
        return texts;
    }

    /** An object whose fields are all texts; empty where it is missing. */
    public Map<String, String> textMap(String name) {
        JsonNode node = field(name);
        Map<String, String> texts = new LinkedHashMap<>();
        if (node == null) {
            return texts;
        }
        if (!node.isObject()) {
            wrong(name, type(node) + " (expected: an object of strings)");
            return texts;
        }
        for (Map.Entry<String, JsonNode> each : node.properties()) {
            if (!each.getValue().isString()) {
                wrong(name, "holds " + type(each.getValue()) + " (expected: strings)");
                return texts;
            }
            texts.put(each.getKey(), each.getValue().stringValue());
        }
        return texts;
    }

    /** What an inner object reads as; null where it is missing. */
    public <T> @Nullable T inner(String name, Set<String> names, Function<JsonFields, T> read) {
        JsonNode node = field(name);
        if (node == null) {
            return null;
        }
        if (!node.isObject()) {
            wrong(name, type(node) + " (expected: an object)");
            return null;
        }
        return read.apply(new JsonFields(node, prefix + name + ".", wrong).knowing(names));
    }

    /**
     * @throws WebException INVALID_REQUEST with every wrong field
     */
    public void done() {
        if (wrong.isEmpty()) {
            return;
        }
        var detail = new StringBuilder();
        wrong.forEach((field, message) ->
                detail.append(detail.isEmpty() ? "" : "; ")
                        .append(field)
                        .append(": ")
                        .append(message));
        throw new WebException(ErrorCode.INVALID_REQUEST, detail.toString(), wrong, null, null);
    }

    /** Says what is wrong with a field beyond its type. */
    public void wrong(String name, String message) {
        wrong.putIfAbsent(prefix + name, message);
    }

    /** The field; null where it is missing or says null. */
    private @Nullable JsonNode field(String name) {
        JsonNode node = object.get(name);
        return node == null || node.isNull() ? null : node;
    }

    private static String id(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String type(JsonNode node) {
        return node.getNodeType().name().toLowerCase(Locale.ROOT);
    }
}
