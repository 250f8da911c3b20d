package assay.engine.tokenizer.jinja;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What stands behind {@code is}. Stateless. */
final class Tests {
    /** Those that take one argument, which may stand there without parentheses. */
    static final Set<String> COMPARING =
            Set.of(
                    "eq",
                    "equalto",
                    "==",
                    "ne",
                    "!=",
                    "lt",
                    "lessthan",
                    "<",
                    "le",
                    "<=",
                    "gt",
                    "greaterthan",
                    ">",
                    "ge",
                    ">=",
                    "in",
                    "sameas",
                    "divisibleby");

    private static final Set<String> PLAIN =
            Set.of(
                    "defined",
                    "undefined",
                    "none",
                    "boolean",
                    "true",
                    "false",
                    "string",
                    "number",
                    "integer",
                    "float",
                    "mapping",
                    "iterable",
                    "sequence",
                    "callable",
                    "odd",
                    "even",
                    "lower",
                    "upper");

    static final Set<String> NAMES =
            Stream.concat(COMPARING.stream(), PLAIN.stream())
                    .collect(Collectors.toUnmodifiableSet());

    private Tests() {}

    static boolean holds(String name, Object value, List<Object> arguments) {
        if (COMPARING.contains(name)) {
            if (arguments.size() != 1) {
                throw Values.wrong("test %s (expected: one argument)".formatted(name));
            }
            return compares(name, value, arguments.getFirst());
        }
        return switch (name) {
            case "defined" -> !Values.isUndefined(value);
            case "undefined" -> Values.isUndefined(value);
            case "none" -> Values.isNone(value);
            case "boolean" -> value instanceof Boolean;
            case "true" -> Boolean.TRUE.equals(value);
            case "false" -> Boolean.FALSE.equals(value);
            case "string" -> value instanceof String;
            case "number" -> Values.isNumber(value);
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "mapping" -> value instanceof Map<?, ?>;
            case "iterable", "sequence" ->
                    value instanceof String
                            || value instanceof List<?>
                            || value instanceof Map<?, ?>
                            || Values.isUndefined(value);
            case "callable" -> value instanceof Values.Function;
            case "odd" -> Math.floorMod(Values.whole(value), 2L) == 1;
            case "even" -> Math.floorMod(Values.whole(value), 2L) == 0;
            case "lower" -> Values.text(value).equals(Values.text(value).toLowerCase(Locale.ROOT));
            case "upper" -> Values.text(value).equals(Values.text(value).toUpperCase(Locale.ROOT));
            default -> throw Values.wrong("test " + name);
        };
    }

    private static boolean compares(String name, Object value, Object other) {
        return switch (name) {
            case "eq", "equalto", "==" -> Values.same(value, other);
            case "ne", "!=" -> !Values.same(value, other);
            case "lt", "lessthan", "<" -> Values.compare(value, other) < 0;
            case "le", "<=" -> Values.compare(value, other) <= 0;
            case "gt", "greaterthan", ">" -> Values.compare(value, other) > 0;
            case "ge", ">=" -> Values.compare(value, other) >= 0;
            case "in" -> Values.contains(other, value);
            case "sameas" -> value.equals(other);
            case "divisibleby" -> {
                long divisor = Values.whole(other);
                if (divisor == 0) {
                    throw Values.wrong("division by zero");
                }
                yield Values.whole(value) % divisor == 0;
            }
            default -> throw Values.wrong("test " + name);
        };
    }
}
