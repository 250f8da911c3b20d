package assay.engine.sample.constrain;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON Schema (draft 2020-12) to rules. What the rules derive is always valid under the schema; not
 * every valid text is derived: members come in the order of {@code properties}, white space and
 * numbers are bounded as {@link JsonTexts} says, and an object with {@code properties} takes
 * further members only where {@code additionalProperties} says so.
 *
 * <p>Taken: {@code type} (one or a list), {@code properties}, {@code required}, {@code
 * additionalProperties}; {@code items}, {@code minItems}, {@code maxItems}; {@code minLength},
 * {@code maxLength} or {@code pattern} or {@code format} (date, time, date-time, uuid, ipv4, by
 * shape); {@code minimum}, {@code maximum}, {@code exclusiveMinimum}, {@code exclusiveMaximum} of
 * integers; {@code enum}, {@code const}; {@code anyOf}; {@code oneOf} of schemas that visibly
 * exclude one another; {@code $ref} inside the document, also recursive; true. Annotations are
 * passed over. Any other keyword, or one beside another that it cannot be combined with, is refused
 * by name and place. Confined to one thread.
 */
final class SchemaCompiler {
    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();

    private static final Map<String, String> FORMATS =
            Map.of(
                    "date",
                            "\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])"
                                    + "|(0[469]|11)-(0[1-9]|[12]\\d|30)"
                                    + "|02-(0[1-9]|1\\d|2[0-8]))",
                    "time",
                            "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]([01]\\d|2[0-3]):[0-5]\\d)",
                    "date-time", "",
                    "uuid", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                    "ipv4",
                            "((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)");

    /** Bounds of integers lie within 18 digits. */
    private static final long INTEGER_MAX = 999_999_999_999_999_999L;

    private static final Set<String> TYPES =
            Set.of("object", "array", "string", "integer", "number", "boolean", "null");

    private final JsonNode document;
    private final Map<String, Expr> rules = JsonTexts.rules();
    private final ArrayDeque<SchemaNode> referenced = new ArrayDeque<>();

    private SchemaCompiler(JsonNode document) {
        this.document = document;
    }

    static Rules compile(String schema) {
        JsonNode document;
        try {
            document = MAPPER.readTree(schema);
        } catch (JacksonException e) {
            throw Limits.invalid("schema: " + e.getOriginalMessage() + " (expected: JSON)");
        }
        SchemaCompiler compiler = new SchemaCompiler(document);
        Expr root = compiler.reference(new SchemaNode(document, "#"), "#");
        while (!compiler.referenced.isEmpty()) {
            SchemaNode node = compiler.referenced.remove();
            compiler.rules.put(node.place(), compiler.valueOf(node, 0));
        }
        compiler.rules.put(Rules.ROOT, root);
        return new Rules(compiler.rules, Rules.ROOT);
    }

    /** The rule of the schema at a place; its body is compiled later. */
    private Expr reference(SchemaNode from, String ref) {
        if (!ref.startsWith("#")) {
            throw from.wrong("$ref", "a place in the same document: #/...");
        }
        String pointer;
        JsonNode target;
        try {
            pointer =
                    URLDecoder.decode(ref.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
            target = document.at(JsonPointer.compile(pointer));
        } catch (IllegalArgumentException e) {
            throw from.wrong("$ref", "a JSON pointer");
        }
        if (target.isMissingNode()) {
            throw from.wrong("$ref", "a place that is there");
        }
        String place = "#" + pointer;
        if (!rules.containsKey(place)) {
            if (rules.size() > Limits.RULES) {
                throw Limits.exceeded("schemas that are referenced", rules.size(), Limits.RULES);
            }
            rules.put(place, Expr.NOTHING);
            referenced.add(new SchemaNode(target, place));
        }
        return new Expr.Rule(place);
    }

    private Expr valueOf(SchemaNode schema, int depth) {
        if (depth > Limits.NESTING) {
            throw Limits.exceeded("schemas inside one another", depth, Limits.NESTING);
        }
        if (schema.json().isBoolean()) {
            return schema.json().booleanValue() ? JsonTexts.ANY : Expr.NOTHING;
        }
        if (schema.has("$ref")) {
            schema.takesOnly("$ref", Set.of("$ref"));
            return reference(schema, schema.text("$ref"));
        }
        for (String choice : List.of("anyOf", "oneOf")) {
            if (schema.has(choice)) {
                schema.takesOnly(choice, Set.of(choice));
                List<SchemaNode> options = schema.children(choice);
                if (choice.equals("oneOf")) {
                    new SchemaOverlap(document).refuse(options);
                }
                return Expr.choice(options.stream().map(o -> valueOf(o, depth + 1)).toList());
            }
        }
        if (schema.has("enum") || schema.has("const")) {
            return constants(schema);
        }
        return typed(schema, depth);
    }

    private static Expr constants(SchemaNode schema) {
        schema.takesOnly("enum or const", Set.of("enum", "const", "type"));
        List<Expr> options = new ArrayList<>();
        Set<String> types = schema.has("type") ? types(schema) : TYPES;
        for (JsonNode value : SchemaOverlap.constants(schema)) {
            if (types.contains(SchemaOverlap.kind(value))
                    || (types.contains("number") && value.isNumber())) {
                options.add(Expr.literal(value.toString()));
            }
        }
        if (options.isEmpty()) {
            throw schema.wrong(schema.has("enum") ? "enum" : "const", "a value of the type");
        }
        return Expr.choice(options);
    }

    private static Set<String> types(SchemaNode schema) {
        Set<String> types =
                schema.get("type").isArray() ? schema.texts("type") : Set.of(schema.text("type"));
        if (types.isEmpty() || !TYPES.containsAll(types)) {
            throw schema.wrong("type", "of " + new TreeSet<>(TYPES));
        }
        return types;
    }

    private Expr typed(SchemaNode schema, int depth) {
        Set<String> types;
        if (schema.has("type")) {
            types = types(schema);
        } else if (schema.has("properties") || schema.has("required")) {
            types = Set.of("object");
        } else if (schema.has("items")) {
            types = Set.of("array");
        } else {
            schema.takesOnly("no type", Set.of());
            return JsonTexts.ANY;
        }
        Set<String> taken = new TreeSet<>(Set.of("type"));
        types.forEach(type -> taken.addAll(keywords(type)));
        schema.takesOnly("type " + String.join(", ", types), taken);
        List<Expr> options = new ArrayList<>();
        for (String type : types) {
            options.add(
                    switch (type) {
                        case "object" -> new SchemaObject(schema).expr(s -> valueOf(s, depth + 1));
                        case "array" -> array(schema, depth);
                        case "string" -> string(schema);
                        case "integer" -> integer(schema);
                        case "number" -> JsonTexts.NUMBER;
                        case "boolean" -> JsonTexts.BOOLEAN;
                        default -> JsonTexts.NULL;
                    });
        }
        return Expr.choice(options);
    }

    private static Set<String> keywords(String type) {
        return switch (type) {
            case "object" -> Set.of("properties", "required", "additionalProperties");
            case "array" -> Set.of("items", "minItems", "maxItems");
            case "string" -> Set.of("minLength", "maxLength", "pattern", "format");
            case "integer" -> Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");
            default -> Set.of();
        };
    }

    private Expr array(SchemaNode schema, int depth) {
        int least = schema.count("minItems", 0, Limits.REPEATS);
        int most = schema.count("maxItems", Expr.UNBOUNDED, Limits.REPEATS);
        if (most != Expr.UNBOUNDED && most < least) {
            throw schema.wrong("maxItems", "at least minItems, " + least);
        }
        Expr item = schema.has("items") ? valueOf(schema.child("items"), depth + 1) : JsonTexts.ANY;
        if (most == 0) {
            return Expr.literal("[]");
        }
        return JsonTexts.enclosed(
                "[", JsonTexts.listed(item, Math.max(1, least), most), "]", least == 0);
    }

    private static Expr string(SchemaNode schema) {
        if (schema.has("pattern")) {
            schema.takesOnly("pattern", Set.of("type", "pattern"));
            List<Expr> options = new ArrayList<>();
            Expr any = Expr.repeat(Expr.one(CodePoints.ALL), 0, Expr.UNBOUNDED);
            for (RegexParser.Branch branch : RegexParser.branches(schema.text("pattern"))) {
                options.add(
                        Expr.sequence(
                                branch.start() ? Expr.EMPTY : any,
                                branch.expr(),
                                branch.end() ? Expr.EMPTY : any));
            }
            return JsonTexts.quoted(JsonTexts.escaped(Expr.choice(options)));
        }
        if (schema.has("format")) {
            schema.takesOnly("format", Set.of("type", "format"));
            String format = schema.text("format");
            String pattern = FORMATS.get(format);
            if (pattern == null) {
                throw schema.wrong("format", "of " + new TreeSet<>(FORMATS.keySet()));
            }
            return JsonTexts.quoted(
                    RegexParser.parse(
                            format.equals("date-time")
                                    ? FORMATS.get("date") + "T" + FORMATS.get("time")
                                    : pattern));
        }
        int least = schema.count("minLength", 0, Limits.REPEATS);
        int most = schema.count("maxLength", Expr.UNBOUNDED, Limits.REPEATS);
        if (most != Expr.UNBOUNDED && most < least) {
            throw schema.wrong("maxLength", "at least minLength, " + least);
        }
        return JsonTexts.quoted(Expr.repeat(JsonTexts.CHARACTER, least, most));
    }

    private static Expr integer(SchemaNode schema) {
        boolean free = keywords("integer").stream().noneMatch(schema::has);
        if (free) {
            return JsonTexts.INTEGER;
        }
        long least =
                Math.max(
                        bound(schema, "minimum", -INTEGER_MAX, 0),
                        bound(schema, "exclusiveMinimum", -INTEGER_MAX, 1));
        long most =
                Math.min(
                        bound(schema, "maximum", INTEGER_MAX, 0),
                        bound(schema, "exclusiveMaximum", INTEGER_MAX, -1));
        if (least > most) {
            throw Limits.invalid(
                    "schema at %s: integers from %d to %d (expected: some)"
                            .formatted(schema.place(), least, most));
        }
        return IntegerRange.between(least, most);
    }

    private static long bound(SchemaNode schema, String keyword, long otherwise, int step) {
        if (!schema.has(keyword)) {
            return otherwise;
        }
        JsonNode value = schema.get(keyword);
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || Math.abs(value.longValue()) > INTEGER_MAX) {
            throw schema.wrong(keyword, "a whole number of at most 18 digits");
        }
        return value.longValue() + step;
    }
}
