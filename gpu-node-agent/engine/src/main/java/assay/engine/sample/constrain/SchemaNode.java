package assay.engine.sample.constrain;

import assay.engine.EngineException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One schema of a schema document, with its place for errors. Immutable.
 *
 * @param place a JSON pointer as a fragment: {@code #/properties/name}
 */
record SchemaNode(JsonNode json, String place) {
    private static final Set<String> ANNOTATIONS =
            Set.of(
                    "title",
                    "description",
                    "default",
                    "examples",
                    "$schema",
                    "$id",
                    "$comment",
                    "deprecated",
                    "readOnly",
                    "writeOnly",
                    "$defs",
                    "definitions");

    private static final Set<String> TYPES =
            Set.of("object", "array", "string", "integer", "number", "boolean", "null");

    private static final int SHOWN_MAX = 60;

    SchemaNode {
        if (!json.isObject() && !json.isBoolean()) {
            throw Limits.invalid(
                    "schema at %s: %s (expected: an object, true or false)"
                            .formatted(place, shown(json)));
        }
    }

    boolean has(String keyword) {
        return json.has(keyword);
    }

    boolean hasAny(Set<String> keywords) {
        return keywords.stream().anyMatch(this::has);
    }

    JsonNode get(String keyword) {
        return json.path(keyword);
    }

    /** The schema under a keyword. */
    SchemaNode child(String keyword) {
        return new SchemaNode(get(keyword), place + "/" + token(keyword));
    }

    SchemaNode child(String keyword, String name) {
        return new SchemaNode(
                get(keyword).path(name), place + "/" + token(keyword) + "/" + token(name));
    }

    List<SchemaNode> children(String keyword) {
        JsonNode list = get(keyword);
        if (!list.isArray() || list.isEmpty()) {
            throw wrong(keyword, "a list, not empty");
        }
        List<SchemaNode> children = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            children.add(new SchemaNode(list.get(i), place + "/" + token(keyword) + "/" + i));
        }
        return children;
    }

    private static String token(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    /** Refuses, by name, keywords that are none of some and no annotation. */
    void takesOnly(Set<String> taken) {
        for (String name : json.propertyNames()) {
            if (!taken.contains(name) && !ANNOTATIONS.contains(name)) {
                throw Limits.invalid(
                        "schema at %s: keyword '%s' (expected: of %s)"
                                .formatted(place, name, new TreeSet<>(taken)));
            }
        }
    }

    /** The types of {@code type}; null when it is absent. */
    @Nullable Set<String> types() {
        if (!has("type")) {
            return null;
        }
        Set<String> types = get("type").isArray() ? texts("type") : Set.of(text("type"));
        if (types.isEmpty() || !TYPES.containsAll(types)) {
            throw wrong("type", "of " + new TreeSet<>(TYPES));
        }
        return types;
    }

    /** A whole number, at least 0 and at most {@code limit}. */
    int count(String keyword, int limit) {
        JsonNode value = get(keyword);
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 0) {
            throw wrong(keyword, "a whole number, at least 0");
        }
        if (value.intValue() > limit) {
            throw wrong(keyword, "at most " + limit);
        }
        return value.intValue();
    }

    String text(String keyword) {
        if (!get(keyword).isString()) {
            throw wrong(keyword, "a text");
        }
        return get(keyword).stringValue();
    }

    Set<String> texts(String keyword) {
        Set<String> texts = new LinkedHashSet<>();
        JsonNode list = get(keyword);
        if (has(keyword) && !list.isArray()) {
            throw wrong(keyword, "a list of texts");
        }
        for (JsonNode one : list) {
            if (!one.isString()) {
                throw wrong(keyword, "a list of texts");
            }
            texts.add(one.stringValue());
        }
        return texts;
    }

    EngineException wrong(String keyword, String expected) {
        return Limits.invalid(
                "schema at %s: %s is %s (expected: %s)"
                        .formatted(place, keyword, shown(get(keyword)), expected));
    }

    private static String shown(JsonNode value) {
        String text = value.isMissingNode() ? "absent" : value.toString();
        return text.length() <= SHOWN_MAX ? text : text.substring(0, SHOWN_MAX) + "...";
    }
}
