package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;

/**
 * Whether the schemas of a {@code oneOf} visibly exclude one another: by type, by constants, or by
 * the constants of a member that both require. What is not visible so is refused, since a text that
 * two of them admit would not be valid. Confined to one thread.
 */
final class SchemaOverlap {
    private static final int REFERENCES_MAX = 10;

    private final JsonNode document;

    SchemaOverlap(JsonNode document) {
        this.document = document;
    }

    void refuse(List<SchemaNode> options) {
        for (int i = 0; i < options.size(); i++) {
            for (int j = 0; j < i; j++) {
                SchemaNode a = resolved(options.get(j));
                SchemaNode b = resolved(options.get(i));
                if (!exclusive(a, b)) {
                    throw Limits.invalid(
                            ("schema at %s: it may admit what %s admits (expected: anyOf, or another"
                                            + " type, or constants of a required member)")
                                    .formatted(options.get(i).place(), options.get(j).place()));
                }
            }
        }
    }

    private SchemaNode resolved(SchemaNode schema) {
        SchemaNode at = schema;
        for (int i = 0; i < REFERENCES_MAX && at.get("$ref").isString(); i++) {
            String ref = at.text("$ref");
            JsonNode target =
                    ref.startsWith("#/") || ref.equals("#")
                            ? document.at(JsonPointer.compile(ref.substring(1)))
                            : at.json();
            if (!target.isObject()) {
                return at;
            }
            at = new SchemaNode(target, ref);
        }
        return at;
    }

    private boolean exclusive(SchemaNode a, SchemaNode b) {
        Set<String> kinds = kinds(a);
        kinds.retainAll(kinds(b));
        if (kinds.isEmpty() || distinctConstants(a, b)) {
            return true;
        }
        return kinds.equals(Set.of("object")) && distinctMember(a, b);
    }

    private boolean distinctMember(SchemaNode a, SchemaNode b) {
        Set<String> both = new HashSet<>(a.texts("required"));
        both.retainAll(b.texts("required"));
        for (String name : both) {
            if (a.get("properties").path(name).isObject()
                    && b.get("properties").path(name).isObject()
                    && distinctConstants(
                            resolved(a.child("properties", name)),
                            resolved(b.child("properties", name)))) {
                return true;
            }
        }
        return false;
    }

    private static boolean distinctConstants(SchemaNode a, SchemaNode b) {
        List<JsonNode> ofA = constants(a);
        List<JsonNode> ofB = constants(b);
        // Numbers that are equal may be written in different ways.
        boolean plain =
                ofA.stream().noneMatch(SchemaOverlap::holdsNumbers)
                        || ofB.stream().noneMatch(SchemaOverlap::holdsNumbers);
        return plain && !ofA.isEmpty() && !ofB.isEmpty() && ofA.stream().noneMatch(ofB::contains);
    }

    private static boolean holdsNumbers(JsonNode value) {
        return value.isNumber() || value.isContainer();
    }

    /** The values of {@code enum} and {@code const}; empty when there is neither. */
    static List<JsonNode> constants(SchemaNode schema) {
        List<JsonNode> values = new ArrayList<>();
        if (schema.has("enum")) {
            if (!schema.get("enum").isArray()) {
                throw schema.wrong("enum", "a list");
            }
            schema.get("enum").forEach(values::add);
        }
        if (schema.has("const")) {
            JsonNode value = schema.get("const");
            if (schema.has("enum") && !values.contains(value)) {
                throw schema.wrong("const", "one of the values of enum");
            }
            return List.of(value);
        }
        return values;
    }

    /** Types that a schema may admit; integers are numbers. */
    private static Set<String> kinds(SchemaNode schema) {
        Set<String> kinds = new HashSet<>();
        List<JsonNode> values = constants(schema);
        if (!values.isEmpty()) {
            values.forEach(value -> kinds.add(kind(value)));
        } else if (schema.get("type").isString()) {
            kinds.add(schema.text("type"));
        } else if (schema.get("type").isArray()) {
            kinds.addAll(schema.texts("type"));
        } else {
            kinds.addAll(Set.of("object", "array", "string", "number", "boolean", "null"));
        }
        if (kinds.remove("integer")) {
            kinds.add("number");
        }
        return kinds;
    }

    static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "object";
            case ARRAY -> "array";
            case STRING -> "string";
            case BOOLEAN -> "boolean";
            case NULL -> "null";
            case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
            default -> throw new IllegalStateException("JSON of type " + value.getNodeType());
        };
    }
}
