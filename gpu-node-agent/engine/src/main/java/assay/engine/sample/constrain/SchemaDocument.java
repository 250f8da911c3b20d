package assay.engine.sample.constrain;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A schema document, and which of its schemas hold for one value: a schema, those that it names by
 * {@code $ref}, and those of its {@code allOf}. Immutable.
 */
final class SchemaDocument {
    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();

    private static final List<String> CHOICES = List.of("anyOf", "oneOf");

    private final JsonNode json;

    private SchemaDocument(JsonNode json) {
        this.json = json;
    }

    /**
     * @throws assay.engine.EngineException REQUEST_INVALID when it is not JSON
     */
    static SchemaDocument parse(String schema) {
        try {
            return new SchemaDocument(MAPPER.readTree(schema));
        } catch (JacksonException e) {
            throw Limits.invalid("schema: " + e.getOriginalMessage() + " (expected: JSON)");
        }
    }

    SchemaNode root() {
        return new SchemaNode(json, "#");
    }

    /** All that holds where some schemas do. */
    Conjunction all(List<SchemaNode> schemas) {
        Flattening flattening = new Flattening();
        schemas.forEach(schema -> flattening.add(schema, Set.of()));
        return flattening.done();
    }

    /** What holds once an option of one of the conjunction's choices is taken. */
    Conjunction chosen(Conjunction from, Conjunction.Choice choice, SchemaNode option) {
        Flattening flattening = new Flattening();
        flattening.visited.addAll(from.visited());
        flattening.parts.addAll(from.parts());
        flattening.choices.addAll(from.choices());
        flattening.choices.remove(choice);
        flattening.add(option, choice.within());
        return flattening.done();
    }

    private SchemaNode resolve(SchemaNode from) {
        String ref = from.text("$ref");
        if (!ref.startsWith("#")) {
            throw from.wrong("$ref", "a place in the same document: #/...");
        }
        String pointer;
        JsonNode target;
        try {
            pointer =
                    URLDecoder.decode(ref.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
            target = json.at(JsonPointer.compile(pointer));
        } catch (IllegalArgumentException e) {
            throw from.wrong("$ref", "a JSON pointer");
        }
        if (target.isMissingNode()) {
            throw from.wrong("$ref", "a place that is there");
        }
        return new SchemaNode(target, "#" + pointer);
    }

    /** Follows all that applies to the same value. */
    private final class Flattening {
        private final Set<String> visited = new HashSet<>();
        private final List<SchemaNode> parts = new ArrayList<>();
        private final List<Conjunction.Choice> choices = new ArrayList<>();
        private boolean never;
        private boolean referenced;

        /**
         * Base schemas come first: those of {@code $ref}, then those of {@code allOf}.
         *
         * @param within places of the schemas that the schema is applied by, to the same value
         */
        void add(SchemaNode schema, Set<String> within) {
            if (within.size() > Limits.NESTING) {
                throw Limits.exceeded("schemas inside one another", within.size(), Limits.NESTING);
            }
            if (schema.json().isBoolean()) {
                never |= !schema.json().booleanValue();
                return;
            }
            if (!visited.add(schema.place())) {
                return;
            }
            schema.takesOnly(Conjunction.KEYWORDS);
            Set<String> inside = new HashSet<>(within);
            inside.add(schema.place());
            if (schema.has("$ref")) {
                SchemaNode target = resolve(schema);
                if (inside.contains(target.place())) {
                    throw schema.wrong("$ref", "a schema that does not lead back to itself");
                }
                referenced = true;
                add(target, inside);
            }
            if (schema.has("allOf")) {
                schema.children("allOf").forEach(one -> add(one, inside));
            }
            if (schema.hasAny(Conjunction.OWN_KEYWORDS)) {
                parts.add(schema);
            }
            for (String keyword : CHOICES) {
                if (schema.has(keyword)) {
                    choices.add(new Conjunction.Choice(schema, keyword, inside));
                }
            }
        }

        Conjunction done() {
            return new Conjunction(parts, choices, visited, never, referenced);
        }
    }
}
