package assay.engine.sample.constrain;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The schemas that all hold for one value, and what they say together: the types that all admit,
 * the greatest of the lower bounds, and so on. That is what {@code allOf} means (JSON Schema core,
 * 10.2.1.1), and what a keyword beside {@code $ref} does. Immutable.
 *
 * @param parts schemas with keywords of their own, in the order in which their members are written
 * @param choices still to be made: of each, one option must hold besides
 * @param visited places of all schemas that hold here
 * @param never {@code false} is among the schemas
 * @param referenced a {@code $ref} led here: the value may hold one of its own kind
 */
record Conjunction(
        List<SchemaNode> parts,
        List<Choice> choices,
        Set<String> visited,
        boolean never,
        boolean referenced) {
    /** What constrains one type alone; of no effect on values of other types. */
    private static final Map<String, Set<String>> BY_TYPE =
            Map.of(
                    "object",
                            Set.of(
                                    "properties",
                                    "required",
                                    "additionalProperties",
                                    "minProperties",
                                    "maxProperties"),
                    "array", Set.of("prefixItems", "items", "minItems", "maxItems", "uniqueItems"),
                    "string", Set.of("minLength", "maxLength", "pattern", "format"),
                    "number",
                            Set.of(
                                    "minimum",
                                    "maximum",
                                    "exclusiveMinimum",
                                    "exclusiveMaximum",
                                    "multipleOf"));

    private static final Set<String> TYPED =
            BY_TYPE.values().stream().flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());

    /** All that say something about the value other than by further schemas for it. */
    static final Set<String> OWN_KEYWORDS = union(TYPED, Set.of("type", "enum", "const"));

    static final Set<String> KEYWORDS =
            union(OWN_KEYWORDS, Set.of("$ref", "allOf", "anyOf", "oneOf"));

    static final Set<String> ALL_TYPES =
            Set.of("object", "array", "string", "number", "boolean", "null");

    /** Digits after the point, above which a number only costs. */
    private static final int SCALE_MAX = 100;

    /**
     * A schema's {@code anyOf} or {@code oneOf}.
     *
     * @param within places of the schemas that lead to it for the same value, and its own
     */
    record Choice(SchemaNode schema, String keyword, Set<String> within) {
        Choice {
            within = Set.copyOf(within);
        }
    }

    /** A bound of numbers. */
    record Bound(BigDecimal value, boolean inclusive) {}

    Conjunction {
        parts = List.copyOf(parts);
        choices = List.copyOf(choices);
        visited = Set.copyOf(visited);
    }

    private static Set<String> union(Set<String> a, Set<String> b) {
        return Stream.concat(a.stream(), b.stream()).collect(Collectors.toUnmodifiableSet());
    }

    /** What it is, for a rule's name: equal ones say the same. */
    String name() {
        return Stream.concat(
                        parts.stream().map(SchemaNode::place),
                        choices.stream().map(c -> c.schema().place() + "/" + c.keyword()))
                .collect(Collectors.joining(" and "));
    }

    /** Any value will do, unless it is {@link #never}. */
    boolean free() {
        return parts.isEmpty() && choices.isEmpty();
    }

    boolean has(String keyword) {
        return parts.stream().anyMatch(part -> part.has(keyword));
    }

    /** Those of all parts, sorted. */
    Set<String> keywords() {
        Set<String> keywords = new TreeSet<>();
        parts.forEach(part -> keywords.addAll(part.json().propertyNames()));
        keywords.retainAll(OWN_KEYWORDS);
        return keywords;
    }

    /** The parts that have a keyword. */
    List<SchemaNode> with(String keyword) {
        return parts.stream().filter(part -> part.has(keyword)).toList();
    }

    /** Types that {@code type} leaves, sorted; "integer" only where no part leaves "number". */
    Set<String> types() {
        Set<String> types = new TreeSet<>(ALL_TYPES);
        for (SchemaNode part : parts) {
            Set<String> said = part.types();
            if (said != null) {
                types = common(types, said);
            }
        }
        return types;
    }

    /** Without a type said, a schema is meant for the values that its keywords are about. */
    Set<String> meantTypes() {
        Set<String> about = new TreeSet<>();
        BY_TYPE.forEach((type, keywords) -> {
            if (!has("type") && parts.stream().anyMatch(part -> part.hasAny(keywords))) {
                about.add(type);
            }
        });
        return about.isEmpty() ? types() : about;
    }

    /** Every integer is a number. */
    static Set<String> common(Set<String> a, Set<String> b) {
        Set<String> common = new TreeSet<>(a);
        common.retainAll(b);
        if (!common.contains("number") && takesIntegers(a) && takesIntegers(b)) {
            common.add("integer");
        }
        return common;
    }

    private static boolean takesIntegers(Set<String> types) {
        return types.contains("integer") || types.contains("number");
    }

    /** The values that {@code enum} and {@code const} leave; empty when there is neither. */
    Optional<List<JsonNode>> constants() {
        List<JsonNode> left = null;
        for (SchemaNode part : parts) {
            for (String keyword : List.of("enum", "const")) {
                if (part.has(keyword)) {
                    List<JsonNode> said = constants(part, keyword);
                    Set<JsonNode> keys = keys(said);
                    left =
                            left == null
                                    ? said
                                    : left.stream().filter(v -> keys.contains(key(v))).toList();
                }
            }
        }
        if (left == null) {
            return Optional.empty();
        }
        Set<String> types = types();
        return Optional.of(
                left.stream()
                        .filter(value -> !common(Set.of(type(value)), types).isEmpty())
                        .toList());
    }

    private static List<JsonNode> constants(SchemaNode part, String keyword) {
        JsonNode said = part.get(keyword);
        if (keyword.equals("const")) {
            return List.of(said);
        }
        if (!said.isArray() || said.isEmpty()) {
            throw part.wrong(keyword, "a list, not empty");
        }
        List<JsonNode> values = new ArrayList<>();
        said.forEach(values::add);
        return values;
    }

    static Set<JsonNode> keys(List<JsonNode> values) {
        return values.stream().map(Conjunction::key).collect(Collectors.toSet());
    }

    /** Equal for equal values: numbers are so by value, 1 and 1.0 (JSON Schema core, 4.2.2). */
    private static JsonNode key(JsonNode value) {
        if (value.isNumber()) {
            return DecimalNode.valueOf(value.decimalValue().stripTrailingZeros());
        }
        if (value instanceof ArrayNode list) {
            ArrayNode keys = JsonNodeFactory.instance.arrayNode();
            list.forEach(item -> keys.add(key(item)));
            return keys;
        }
        if (value instanceof ObjectNode object) {
            ObjectNode keys = JsonNodeFactory.instance.objectNode();
            object.forEachEntry((name, member) -> keys.set(name, key(member)));
            return keys;
        }
        return value;
    }

    /** What it costs to look at it: itself, and each value of its constants. */
    int size() {
        return 1 + with("enum").stream().mapToInt(part -> part.get("enum").size()).sum();
    }

    static String type(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "object";
            case ARRAY -> "array";
            case STRING -> "string";
            case BOOLEAN -> "boolean";
            case NULL -> "null";
            case NUMBER -> whole(value.decimalValue()) ? "integer" : "number";
            default -> throw new IllegalStateException("JSON of type " + value.getNodeType());
        };
    }

    private static boolean whole(BigDecimal value) {
        return value.stripTrailingZeros().scale() <= 0;
    }

    /** Refuses what speaks of constants: they are not looked into. */
    void refuseBeside(List<JsonNode> constants) {
        for (JsonNode constant : constants) {
            String type = type(constant);
            String about = type.equals("integer") ? "number" : type;
            refuseBeside("enum or const", BY_TYPE.getOrDefault(about, Set.of()));
        }
    }

    /** Refuses, by name and place, what cannot be combined with something else. */
    void refuseBeside(String what, Set<String> keywords) {
        for (SchemaNode part : parts) {
            for (String keyword : new TreeSet<>(keywords)) {
                if (part.has(keyword)) {
                    throw Limits.invalid(
                            "schema at %s: keyword '%s' (expected: not beside %s)"
                                    .formatted(part.place(), keyword, what));
                }
            }
        }
    }

    /** A text that all parts with the keyword agree on: more cannot be combined. */
    String text(String keyword) {
        List<SchemaNode> said = with(keyword);
        String text = said.getFirst().text(keyword);
        for (SchemaNode part : said) {
            if (!part.text(keyword).equals(text)) {
                throw part.wrong(
                        keyword, "as at " + said.getFirst().place() + ", or in one place only");
            }
        }
        return text;
    }

    /** The greatest of the counts, 0 when there is none. */
    int least(String keyword) {
        return counts(keyword).max(Integer::compare).orElse(0);
    }

    /** The smallest of the counts, {@link Expr#UNBOUNDED} when there is none. */
    int most(String keyword) {
        return counts(keyword).min(Integer::compare).orElse(Expr.UNBOUNDED);
    }

    private Stream<Integer> counts(String keyword) {
        return with(keyword).stream().map(part -> part.count(keyword, Limits.REPEATS));
    }

    /** The narrowest lower bound. */
    @Nullable Bound minimum() {
        return bounds("minimum", "exclusiveMinimum")
                .max(Comparator.comparing(Bound::value).thenComparing(b -> !b.inclusive()))
                .orElse(null);
    }

    /** The narrowest upper bound. */
    @Nullable Bound maximum() {
        return bounds("maximum", "exclusiveMaximum")
                .min(Comparator.comparing(Bound::value).thenComparing(Bound::inclusive))
                .orElse(null);
    }

    private Stream<Bound> bounds(String inclusive, String exclusive) {
        return Stream.concat(
                with(inclusive).stream().map(part -> new Bound(number(part, inclusive), true)),
                with(exclusive).stream().map(part -> new Bound(number(part, exclusive), false)));
    }

    private static BigDecimal number(SchemaNode part, String keyword) {
        if (!part.get(keyword).isNumber()) {
            throw part.wrong(keyword, "a number");
        }
        BigDecimal value = part.get(keyword).decimalValue().stripTrailingZeros();
        if (value.scale() > SCALE_MAX) {
            throw part.wrong(keyword, "at most " + SCALE_MAX + " digits after the point");
        }
        return value;
    }

    /**
     * Digits after the point that {@code multipleOf} leaves; only powers of ten down from 1 are
     * taken.
     *
     * @param otherwise when there is none
     */
    int fractionDigits(int otherwise) {
        return with("multipleOf").stream()
                .map(Conjunction::fractionDigits)
                .min(Integer::compare)
                .map(digits -> Math.min(digits, otherwise))
                .orElse(otherwise);
    }

    private static int fractionDigits(SchemaNode part) {
        BigDecimal step = number(part, "multipleOf");
        if (step.scale() < 0 || !step.unscaledValue().equals(BigInteger.ONE)) {
            throw part.wrong("multipleOf", "1, 0.1, 0.01 or so on");
        }
        return step.scale();
    }
}
