package assay.web.identity.scim;

import java.math.BigDecimal;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Reads filters and the paths of PATCH by recursive descent. Source: the grammars of RFC 7644,
 * sections 3.4.2.2 and 3.5.2; {@code not} binds closest, then {@code and}, then {@code or}.
 * Confined to one call.
 */
final class FilterParser {
    private static final int MOST_CHARS = 4_000;
    private static final int DEEPEST = 30;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final String text;
    private int at;
    private int depth;

    private FilterParser(String text) {
        this.text = text;
    }

    /**
     * @throws ScimException INVALID_FILTER, saying where
     */
    static Filter parse(String text) {
        if (text.length() > MOST_CHARS) {
            throw ScimException.bad(
                    ScimException.ScimType.INVALID_FILTER,
                    "filter: "
                            + text.length()
                            + " characters (expected: at most "
                            + MOST_CHARS
                            + ")");
        }
        var parser = new FilterParser(text);
        Filter filter = parser.or(false);
        parser.end();
        return filter;
    }

    /**
     * What an operation of PATCH is about: {@code emails[type eq "work"].value}.
     *
     * @throws ScimException INVALID_PATH or INVALID_FILTER
     */
    static PatchPath path(String text) {
        var parser = new FilterParser(text.strip());
        AttributePath attribute = AttributePath.parse(parser.word());
        Optional<Filter> filter = Optional.empty();
        Optional<String> part = Optional.ofNullable(attribute.sub());
        if (parser.take('[')) {
            filter = Optional.of(parser.or(true));
            parser.expect(']');
            if (parser.take('.')) {
                part = Optional.of(AttributePath.parse(parser.word()).name());
            }
        }
        parser.end();
        return new PatchPath(
                new AttributePath(attribute.extension(), attribute.name(), null), filter, part);
    }

    /** The condition stands inside of brackets: there are no brackets in it. */
    private Filter or(boolean within) {
        if (++depth > DEEPEST) {
            throw wrong("nested too deeply");
        }
        Filter left = and(within);
        while (keyword("or")) {
            left = new Filter.Or(left, and(within));
        }
        depth--;
        return left;
    }

    private Filter and(boolean within) {
        Filter left = one(within);
        while (keyword("and")) {
            left = new Filter.And(left, one(within));
        }
        return left;
    }

    private Filter one(boolean within) {
        if (keyword("not")) {
            expect('(');
            Filter inner = or(within);
            expect(')');
            return new Filter.Not(inner);
        }
        if (take('(')) {
            Filter inner = or(within);
            expect(')');
            return inner;
        }
        AttributePath path = attribute();
        if (!within && take('[')) {
            Filter inner = or(true);
            expect(']');
            return new Filter.Within(path, inner);
        }
        String operator = word();
        if (operator.equalsIgnoreCase("pr")) {
            return new Filter.Present(path);
        }
        var known =
                Filter.Operator.of(operator)
                        .orElseThrow(() -> wrong("an operator was expected: eq, ne, co, sw, …"));
        JsonNode value = literal();
        boolean onlyEquals = value.isBoolean() || value.isNull();
        if (onlyEquals && known != Filter.Operator.EQ && known != Filter.Operator.NE) {
            throw wrong("true, false and null are only compared by eq and ne");
        }
        return new Filter.Compare(path, known, value);
    }

    private AttributePath attribute() {
        String word = word();
        try {
            return AttributePath.parse(word);
        } catch (ScimException e) {
            throw wrong("an attribute was expected");
        }
    }

    private JsonNode literal() {
        skipSpaces();
        if (at < text.length() && text.charAt(at) == '"') {
            return string();
        }
        String word = word();
        return switch (word) {
            case "true" -> JsonNodeFactory.instance.booleanNode(true);
            case "false" -> JsonNodeFactory.instance.booleanNode(false);
            case "null" -> JsonNodeFactory.instance.nullNode();
            default -> number(word);
        };
    }

    private JsonNode string() {
        int start = at++;
        while (at < text.length() && text.charAt(at) != '"') {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= text.length()) {
            throw wrong("a text is not closed");
        }
        at++;
        return json(text.substring(start, at));
    }

    private JsonNode number(String word) {
        if (word.length() > 40 || !word.matches("-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")) {
            throw wrong("a value was expected: a text in quotes, a number, true, false, null");
        }
        return JsonNodeFactory.instance.numberNode(new BigDecimal(word));
    }

    private JsonNode json(String literal) {
        try {
            return JSON.readTree(literal);
        } catch (JacksonException e) {
            throw wrong("a text is not one of JSON");
        }
    }

    /** The keyword, if it comes next as a word of its own. */
    private boolean keyword(String word) {
        skipSpaces();
        int end = at + word.length();
        if (!text.regionMatches(true, at, word, 0, word.length())
                || (end < text.length() && isWord(text.charAt(end)))) {
            return false;
        }
        at = end;
        return true;
    }

    private String word() {
        skipSpaces();
        int start = at;
        while (at < text.length() && isWord(text.charAt(at))) {
            at++;
        }
        return text.substring(start, at);
    }

    private static boolean isWord(char c) {
        return c > ' ' && "()[]\"".indexOf(c) < 0;
    }

    private boolean take(char c) {
        skipSpaces();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char c) {
        if (!take(c)) {
            throw wrong("'" + c + "' was expected");
        }
    }

    private void end() {
        skipSpaces();
        if (at < text.length()) {
            throw wrong("nothing more was expected");
        }
    }

    private void skipSpaces() {
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
    }

    private ScimException wrong(String what) {
        return ScimException.bad(
                ScimException.ScimType.INVALID_FILTER,
                "filter, character " + (Math.min(at, text.length()) + 1) + ": " + what);
    }
}
