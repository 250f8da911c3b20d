package assay.engine.sample.constrain;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Random schemas of all kinds that are taken, each with a source of documents that are valid under
 * it, written as a constraint writes them. What a schema says is spread over {@code allOf}, {@code
 * $ref} and the schema itself, with weaker statements in between.
 */
final class SchemaSamples {
    private static final List<String> NAMES = List.of("a", "ab", "b\"", "é", "", "~/", "long name");
    private static final List<String> ANY =
            List.of("null", "0", "-3.5", "1e2", "\"x\"", "[]", "{}", "[true,{\"k\":[]}]");

    private final Random random;
    private final ObjectNode definitions = object();

    private SchemaSamples(Random random) {
        this.random = random;
    }

    /**
     * @param pieces schemas that all hold
     * @param documents makes one at each call
     */
    private record Source(List<? extends JsonNode> pieces, Supplier<String> documents) {}

    /**
     * @param schema as JSON
     */
    record Sample(JsonNode schema, Supplier<String> documents) {}

    static Sample next(Random random) {
        SchemaSamples samples = new SchemaSamples(random);
        Source source = samples.source(3);
        ObjectNode root = object();
        root.setAll(samples.spread(source.pieces));
        root.set("$defs", samples.definitions);
        return new Sample(root, source.documents);
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private Source source(int depth) {
        return switch (random.nextInt(depth == 0 ? 5 : 9)) {
            case 0 -> integer();
            case 1 -> number();
            case 2 -> string();
            case 3 -> constants();
            case 4 -> plain();
            case 5 -> anyOf(source(depth - 1), source(depth - 1));
            case 6 -> array(depth);
            default -> objects(depth);
        };
    }

    private Source plain() {
        return random.nextBoolean()
                ? new Source(
                        List.of(object().put("type", "boolean")),
                        () -> random.nextInt(2) == 0 ? "true" : "false")
                : new Source(
                        List.of(types("null", "string", "object"), types("array", "null")),
                        () -> "null");
    }

    private static ObjectNode types(String... types) {
        ArrayNode list = object().putArray("type");
        for (String type : types) {
            list.add(type);
        }
        ObjectNode schema = object();
        schema.set("type", list);
        return schema;
    }

    private Source integer() {
        BigInteger least = new BigInteger(random.nextInt(1, 50), random);
        least = random.nextBoolean() ? least.negate() : least;
        BigInteger width = new BigInteger(random.nextInt(0, 20), random);
        BigInteger most = least.add(width);
        BigInteger first = least;
        List<ObjectNode> pieces = new ArrayList<>();
        pieces.add(
                random.nextBoolean() ? object().put("type", "integer") : types("integer", "null"));
        pieces.add(
                random.nextBoolean() ? types("number", "string") : object().put("type", "integer"));
        pieces.add(
                switch (random.nextInt(3)) {
                    case 0 -> object().put("minimum", least);
                    case 1 -> object().put("exclusiveMinimum", least.subtract(BigInteger.ONE));
                    default ->
                            object().put(
                                            "minimum",
                                            new BigDecimal(least).subtract(new BigDecimal("0.25")));
                });
        pieces.add(
                switch (random.nextInt(3)) {
                    case 0 -> object().put("maximum", most);
                    case 1 -> object().put("exclusiveMaximum", most.add(BigInteger.ONE));
                    default ->
                            object().put(
                                            "maximum",
                                            new BigDecimal(most).add(new BigDecimal("0.9")));
                });
        if (random.nextBoolean()) {
            pieces.add(
                    object().put("minimum", least.subtract(BigInteger.TEN)).put("multipleOf", 1));
        }
        return new Source(pieces, () -> first.add(below(width)).toString());
    }

    private BigInteger below(BigInteger width) {
        return switch (random.nextInt(3)) {
            case 0 -> BigInteger.ZERO;
            case 1 -> width;
            default -> new BigInteger(60, random).mod(width.add(BigInteger.ONE));
        };
    }

    private Source number() {
        BigDecimal least =
                new BigDecimal(new BigInteger(random.nextInt(1, 30), random), random.nextInt(6));
        BigDecimal from = random.nextBoolean() ? least.negate() : least;
        BigDecimal width =
                new BigDecimal(
                        new BigInteger(random.nextInt(1, 20), random).add(BigInteger.ONE),
                        random.nextInt(4));
        BigDecimal to = from.add(width);
        int digits = Math.max(to.scale(), random.nextInt(5));
        boolean open = random.nextBoolean();
        boolean stepped = random.nextInt(3) == 0;
        List<ObjectNode> pieces = new ArrayList<>();
        pieces.add(object().put("type", "number"));
        pieces.add(object().put(open ? "exclusiveMinimum" : "minimum", from));
        pieces.add(object().put("maximum", to));
        pieces.add(object().put("exclusiveMaximum", to.add(BigDecimal.ONE)));
        if (stepped) {
            pieces.add(object().put("multipleOf", BigDecimal.ONE.movePointLeft(digits)));
        }
        return new Source(
                pieces,
                () -> {
                    for (int i = 0; i < 20; i++) {
                        BigDecimal share = BigDecimal.valueOf(random.nextInt(1_001), 3);
                        BigDecimal value =
                                from.add(width.multiply(share))
                                        .setScale(digits, RoundingMode.HALF_EVEN);
                        boolean above =
                                value.compareTo(from) > 0 || (!open && value.compareTo(from) == 0);
                        if (above && value.compareTo(to) <= 0) {
                            return value.toPlainString();
                        }
                    }
                    return to.toPlainString();
                });
    }

    private Source string() {
        int least = random.nextInt(4);
        int most = least + random.nextInt(4);
        List<ObjectNode> pieces =
                new ArrayList<>(
                        List.of(
                                object().put("type", "string").put("minLength", least),
                                object().put("maxLength", most),
                                object().put("minLength", 0).put("maxLength", 50)));
        return new Source(
                pieces,
                () -> {
                    String text =
                            IntStream.range(0, random.nextInt(least, most + 1))
                                    .mapToObj(i ->
                                            List.of("a", "é", "日", "\"", "\n", "😀")
                                                    .get(random.nextInt(6)))
                                    .reduce("", String::concat);
                    return SchemaCheck.JSON.writeValueAsString(text);
                });
    }

    private Source constants() {
        JsonNode all =
                SchemaCheck.JSON.readTree(
                        "[\"x\",3,null,\"é\\\"\\n\",1.50,true,{\"k\":[1,{}]},[\"y\"],-7,\"z\"]");
        List<JsonNode> kept = new ArrayList<>();
        all.forEach(value -> {
            if (random.nextInt(3) > 0) {
                kept.add(value);
            }
        });
        JsonNode chosen = kept.isEmpty() ? all.get(0) : kept.get(random.nextInt(kept.size()));
        ObjectNode some = object();
        kept.forEach(some.putArray("enum").add(chosen)::add);
        ObjectNode every = object();
        every.set("enum", all);
        List<ObjectNode> pieces = new ArrayList<>(List.of(every, some));
        boolean one = random.nextBoolean();
        if (one) {
            pieces.add(object());
            pieces.getLast().set("const", chosen);
        } else {
            pieces.add(types("null", "string", "integer", "number", "object", "array", "boolean"));
        }
        ArrayNode options = (ArrayNode) some.get("enum");
        return new Source(
                pieces,
                () -> (one ? chosen : options.get(random.nextInt(options.size()))).toString());
    }

    private Source anyOf(Source one, Source other) {
        ObjectNode choice = object();
        choice.putArray("anyOf").add(spread(one.pieces)).add(spread(other.pieces));
        return new Source(
                List.of(choice),
                () -> random.nextBoolean() ? one.documents.get() : other.documents.get());
    }

    private Source array(int depth) {
        List<Source> placed = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            placed.add(source(depth - 1));
        }
        int kind = random.nextInt(3);
        Source further =
                kind == 0
                        ? source(depth - 1)
                        : new Source(
                                List.of(JsonNodeFactory.instance.booleanNode(kind == 1)),
                                this::any);
        int room = kind == 2 ? placed.size() : placed.size() + 3;
        int most = random.nextInt(room + 1);
        int least = random.nextInt(most + 1);
        ObjectNode items = object().put("type", "array");
        placed.forEach(p ->
                (items.has("prefixItems")
                                ? (ArrayNode) items.get("prefixItems")
                                : items.putArray("prefixItems"))
                        .add(spread(p.pieces)));
        if (kind != 1 || random.nextBoolean()) {
            items.set("items", spread(further.pieces));
        }
        List<ObjectNode> pieces =
                List.of(
                        items,
                        object().put("minItems", least),
                        object().put("maxItems", most).put("uniqueItems", false));
        return new Source(
                pieces,
                () -> {
                    int size = random.nextInt(least, most + 1);
                    List<String> written = new ArrayList<>();
                    for (int i = 0; i < size; i++) {
                        written.add((i < placed.size() ? placed.get(i) : further).documents.get());
                    }
                    return enclosed("[", written, "]");
                });
    }

    private Source objects(int depth) {
        List<Source> members = new ArrayList<>();
        List<Boolean> required = new ArrayList<>();
        List<ObjectNode> pieces = new ArrayList<>(List.of(object()));
        ArrayNode names = object().putArray("required");
        boolean open = random.nextInt(3) == 0;
        for (int i = 0; i < random.nextInt(6); i++) {
            members.add(source(depth - 1));
            required.add(random.nextBoolean());
            if (!open && random.nextInt(3) == 0) {
                pieces.add(object());
            }
            List<? extends JsonNode> of = members.get(i).pieces;
            int cut = random.nextInt(of.size() + 1);
            property(pieces.getLast(), NAMES.get(i), spread(of.subList(0, open ? of.size() : cut)));
            if (!open && cut < of.size()) {
                pieces.add(object());
                property(pieces.getLast(), NAMES.get(i), spread(of.subList(cut, of.size())));
            }
            if (required.get(i)) {
                names.add(NAMES.get(i));
            }
        }
        Source further = source(0);
        if (open) {
            pieces.getLast().set("additionalProperties", spread(further.pieces));
        } else {
            pieces.getLast().withObject("/properties");
        }
        ObjectNode rest = object().put("type", "object").put("minProperties", names.size());
        rest.set("required", names);
        pieces.addFirst(rest);
        return new Source(
                pieces,
                () -> {
                    List<String> written = new ArrayList<>();
                    for (int i = 0; i < members.size(); i++) {
                        if (required.get(i) || random.nextBoolean()) {
                            written.add(member(NAMES.get(i), members.get(i)));
                        }
                    }
                    for (int i = 0; open && i < random.nextInt(3); i++) {
                        written.add(member("more" + i, further));
                    }
                    return enclosed("{", written, "}");
                });
    }

    private static void property(ObjectNode schema, String name, JsonNode of) {
        ObjectNode properties =
                schema.has("properties")
                        ? (ObjectNode) schema.get("properties")
                        : schema.putObject("properties");
        properties.set(name, of);
    }

    private String member(String name, Source value) {
        String quoted = SchemaCheck.JSON.writeValueAsString(name);
        return quoted + (random.nextBoolean() ? ":" : ": ") + value.documents.get();
    }

    private String any() {
        return ANY.get(random.nextInt(ANY.size()));
    }

    private String enclosed(String open, List<String> parts, String close) {
        if (parts.isEmpty()) {
            return open + close;
        }
        String inside = String.join("," + space(), parts);
        return open + space() + inside + space() + close;
    }

    private String space() {
        return List.of("", "", " ", "\n", "\n  \t").get(random.nextInt(5));
    }

    /** One schema that says what all the pieces say; members of later pieces come later. */
    private ObjectNode spread(List<? extends JsonNode> pieces) {
        ObjectNode own = object();
        ArrayNode all = object().putArray("allOf");
        for (int i = 0; i < pieces.size(); i++) {
            JsonNode piece = pieces.get(i);
            boolean last =
                    pieces.subList(i + 1, pieces.size()).stream()
                            .noneMatch(p -> p.has("properties"));
            boolean fits = piece.propertyNames().stream().noneMatch(own::has);
            if (piece instanceof ObjectNode fitting && fits && last && random.nextInt(3) > 0) {
                own.setAll(fitting);
            } else if (random.nextBoolean()) {
                all.add(piece);
            } else {
                String name = "d" + definitions.size() + "/~";
                definitions.set(name, piece);
                String ref = "#/$defs/" + name.replace("~", "~0").replace("/", "~1");
                ObjectNode reference = object().put("$ref", ref);
                if (all.isEmpty() && !own.has("$ref") && !own.has("properties")) {
                    own.setAll(reference);
                } else {
                    all.add(reference);
                }
            }
        }
        if (!all.isEmpty()) {
            own.set("allOf", all);
        }
        return own;
    }
}
