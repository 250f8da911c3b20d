package assay.engine.sample.constrain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How JSON values are written, with bounded white space: between the parts of an object or a list
 * nothing, one blank, or a line end with at most 20 blanks or tabs; after a colon nothing or one
 * blank; none around the whole. Numbers have at most 16 digits on each side of the point and 3 in
 * the exponent. Escaped surrogates are left out, and every other character may be written plainly.
 * Source of JSON: RFC 8259.
 */
final class JsonTexts {
    /** The rule of any value. */
    static final String VALUE = "json value";

    static final CodePoints PLAIN = CodePoints.of(0, 0x1F, '"', '"', '\\', '\\').complement();

    static final Expr SPACE = Expr.optional(Expr.literal(" "));
    static final Expr BREAK =
            Expr.choice(
                    Expr.EMPTY,
                    Expr.literal(" "),
                    Expr.sequence(
                            Expr.literal("\n"),
                            Expr.repeat(Expr.one(CodePoints.chars(" \t")), 0, 20)));

    private static final CodePoints HEX = CodePoints.of('0', '9', 'a', 'f', 'A', 'F');
    private static final CodePoints DIGIT = CodePoints.of('0', '9');
    private static final int DIGITS_MAX = 16;

    /** One character inside quotes. */
    static final Expr CHARACTER =
            Expr.choice(
                    Expr.one(PLAIN),
                    Expr.sequence(
                            Expr.literal("\\"),
                            Expr.choice(
                                    Expr.one(CodePoints.chars("\"\\/bfnrt")),
                                    Expr.sequence(Expr.literal("u"), unit()))));

    static final Expr STRING = quoted(Expr.repeat(CHARACTER, 0, Expr.UNBOUNDED));

    static final Expr INTEGER =
            Expr.sequence(
                    Expr.optional(Expr.literal("-")),
                    Expr.choice(
                            Expr.literal("0"),
                            Expr.sequence(
                                    Expr.one(CodePoints.of('1', '9')),
                                    Expr.repeat(Expr.one(DIGIT), 0, DIGITS_MAX - 1))));

    static final Expr NUMBER =
            Expr.sequence(
                    INTEGER,
                    Expr.optional(
                            Expr.sequence(
                                    Expr.literal("."),
                                    Expr.repeat(Expr.one(DIGIT), 1, DIGITS_MAX))),
                    Expr.optional(
                            Expr.sequence(
                                    Expr.one(CodePoints.chars("eE")),
                                    Expr.optional(Expr.one(CodePoints.chars("+-"))),
                                    Expr.repeat(Expr.one(DIGIT), 1, 3))));

    static final Expr BOOLEAN = Expr.choice(Expr.literal("true"), Expr.literal("false"));
    static final Expr NULL = Expr.literal("null");
    static final Expr ANY = new Expr.Rule(VALUE);

    private JsonTexts() {}

    /** Four digits that are no surrogate. */
    private static Expr unit() {
        Expr hex = Expr.one(HEX);
        return Expr.choice(
                Expr.sequence(Expr.one(HEX.minus(CodePoints.chars("dD"))), Expr.repeat(hex, 3, 3)),
                Expr.sequence(
                        Expr.one(CodePoints.chars("dD")),
                        Expr.one(CodePoints.of('0', '7')),
                        Expr.repeat(hex, 2, 2)));
    }

    static Expr quoted(Expr characters) {
        return Expr.sequence(Expr.literal("\""), characters, Expr.literal("\""));
    }

    static Expr object() {
        Expr member = Expr.sequence(STRING, Expr.literal(":"), SPACE, ANY);
        return enclosed("{", listed(member, 1, Expr.UNBOUNDED), "}", true);
    }

    /** Between brackets, with breaks; or the brackets alone. */
    static Expr enclosed(String open, Expr content, String close, boolean orEmpty) {
        Expr full = Expr.sequence(Expr.literal(open), BREAK, content, BREAK, Expr.literal(close));
        return orEmpty ? Expr.choice(Expr.literal(open + close), full) : full;
    }

    static Expr comma() {
        return Expr.sequence(Expr.literal(","), BREAK);
    }

    /**
     * @param least items, at least 1
     * @param most items, or {@link Expr#UNBOUNDED}
     */
    static Expr listed(Expr item, int least, int most) {
        Expr more = Expr.sequence(comma(), item);
        return Expr.sequence(
                item,
                Expr.repeat(more, least - 1, most == Expr.UNBOUNDED ? Expr.UNBOUNDED : most - 1));
    }

    /** With the rule that {@link #ANY} names. */
    static Map<String, Expr> rules() {
        Map<String, Expr> rules = new LinkedHashMap<>();
        rules.put(
                VALUE,
                Expr.choice(
                        object(),
                        enclosed("[", listed(ANY, 1, Expr.UNBOUNDED), "]", true),
                        STRING,
                        NUMBER,
                        BOOLEAN,
                        NULL));
        return rules;
    }

    static Rules anyObject() {
        Map<String, Expr> rules = rules();
        rules.put(Rules.ROOT, object());
        return new Rules(rules, Rules.ROOT);
    }

    /** A text of a plain expression as it stands between quotes: escaped where it must be. */
    static Expr escaped(Expr expr) {
        return switch (expr) {
            case Expr.One(CodePoints of) -> escaped(of);
            case Expr.Literal(String text) ->
                    Expr.sequence(
                            text.codePoints().mapToObj(c -> escaped(CodePoints.of(c, c))).toList());
            case Expr.Sequence(List<Expr> parts) ->
                    Expr.sequence(parts.stream().map(JsonTexts::escaped).toList());
            case Expr.Choice(List<Expr> options) ->
                    Expr.choice(options.stream().map(JsonTexts::escaped).toList());
            case Expr.Repeat(Expr body, int least, int most) ->
                    Expr.repeat(escaped(body), least, most);
            case Expr.Rule rule -> rule;
        };
    }

    private static Expr escaped(CodePoints of) {
        List<Expr> options = new ArrayList<>();
        CodePoints escapes = PLAIN.complement();
        options.add(Expr.one(of.minus(escapes)));
        for (CodePoints.Range range : escapes.ranges()) {
            for (int c = range.first(); c <= range.last(); c++) {
                if (of.contains(c)) {
                    options.add(Expr.literal(escape(c)));
                }
            }
        }
        return Expr.choice(options);
    }

    private static String escape(int character) {
        return switch (character) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            default -> "\\u%04x".formatted(character);
        };
    }

    /** Plain characters that are none of some names; written without escapes. */
    static Expr noneOf(List<String> names) {
        Map<Integer, List<String>> byFirst = new TreeMap<>();
        CodePoints firsts = CodePoints.NONE;
        boolean named = false;
        for (String name : names) {
            if (name.isEmpty()) {
                named = true;
                continue;
            }
            int first = name.codePointAt(0);
            byFirst.computeIfAbsent(first, _ -> new ArrayList<>())
                    .add(name.substring(Character.charCount(first)));
            firsts = firsts.plus(CodePoints.of(first, first));
        }
        List<Expr> options = new ArrayList<>();
        if (!named) {
            options.add(Expr.EMPTY);
        }
        byFirst.forEach((first, rests) -> {
            CodePoints one = CodePoints.of(first, first).minus(PLAIN.complement());
            options.add(Expr.sequence(Expr.one(one), noneOf(rests)));
        });
        Expr any = Expr.repeat(Expr.one(PLAIN), 0, Expr.UNBOUNDED);
        options.add(Expr.sequence(Expr.one(PLAIN.minus(firsts)), any));
        return Expr.choice(options);
    }
}
