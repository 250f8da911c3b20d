package assay.engine.tokenizer.jinja;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What values mean: texts, whole numbers (long), numbers (double), booleans, lists, maps, none and
 * undefined, with Python's truth, equality, order and ways of writing. Stateless.
 */
final class Values {
    static final Object NONE = new Nothing("None");
    static final Object UNDEFINED = new Nothing("");
    private static final int DEPTH_MAX = 64;

    private Values() {}

    private record Nothing(String text) {}

    /** Attributes that a template sets, which outlive the loop that sets them. */
    record Namespace(Map<String, Object> attributes) {}

    /** Something that can be called: a macro or a function. */
    @FunctionalInterface
    interface Function {
        Object call(List<Object> positional, Map<String, Object> named);
    }

    static boolean isUndefined(Object value) {
        return UNDEFINED.equals(value);
    }

    static boolean isNone(Object value) {
        return NONE.equals(value);
    }

    static EngineException wrong(String message) {
        return new EngineException(ErrorCode.MODEL_INVALID, "chat template: " + message);
    }

    /** A value from outside, copied; nothing but these types gets in. */
    static Object of(@Nullable Object value, Budget budget) {
        return of(value, budget, 0);
    }

    private static Object of(@Nullable Object value, Budget budget, int depth) {
        if (depth > DEPTH_MAX) {
            throw new EngineException(
                    ErrorCode.REQUEST_INVALID,
                    "value of the chat: nested above %d".formatted(DEPTH_MAX));
        }
        return switch (value) {
            case null -> NONE;
            case String text -> {
                budget.input(text.length());
                yield text;
            }
            case Boolean truth -> truth;
            case Integer number -> (long) number;
            case Long number -> number;
            case Double number -> number;
            case Float number -> (double) number;
            case List<?> list -> {
                List<Object> copy = new ArrayList<>(list.size());
                for (Object item : list) {
                    budget.input(1);
                    copy.add(of(item, budget, depth + 1));
                }
                yield copy;
            }
            case Map<?, ?> map -> {
                Map<String, Object> copy = new LinkedHashMap<>();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    budget.input(String.valueOf(entry.getKey()).length());
                    copy.put(
                            String.valueOf(entry.getKey()),
                            of(entry.getValue(), budget, depth + 1));
                }
                yield copy;
            }
            default ->
                    throw new EngineException(
                            ErrorCode.REQUEST_INVALID,
                            "value of the chat: %s (expected: text, number, truth, list or map)"
                                    .formatted(value.getClass().getSimpleName()));
        };
    }

    static boolean truth(Object value) {
        return switch (value) {
            case Nothing n -> false;
            case Boolean b -> b;
            case Long n -> n != 0;
            case Double n -> n != 0;
            case String s -> !s.isEmpty();
            case List<?> l -> !l.isEmpty();
            case Map<?, ?> m -> !m.isEmpty();
            default -> true;
        };
    }

    /** Whole numbers, fractions and truths compare by value. */
    static boolean same(Object a, Object b) {
        if (isNumber(a) && isNumber(b)) {
            return compare(a, b) == 0;
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            boolean same = x.size() == y.size();
            for (int i = 0; same && i < x.size(); i++) {
                same = same(x.get(i), y.get(i));
            }
            return same;
        }
        if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
            boolean same = x.keySet().equals(y.keySet());
            for (Map.Entry<?, ?> entry : x.entrySet()) {
                Object other = y.get(entry.getKey());
                same = same && other != null && same(entry.getValue(), other);
            }
            return same;
        }
        return Objects.equals(a, b);
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    static double number(Object value) {
        return switch (value) {
            case Long n -> n;
            case Double n -> n;
            case Boolean b -> b ? 1 : 0;
            default -> throw wrong(kind(value) + " (expected: a number)");
        };
    }

    static long whole(Object value) {
        return switch (value) {
            case Long n -> n;
            case Boolean b -> b ? 1 : 0;
            default -> throw wrong(kind(value) + " (expected: a whole number)");
        };
    }

    static int compare(Object a, Object b) {
        if (a instanceof String x && b instanceof String y) {
            return x.compareTo(y);
        }
        if (a instanceof Long x && b instanceof Long y) {
            return Long.compare(x, y);
        }
        if (isNumber(a) && isNumber(b)) {
            return Double.compare(number(a), number(b));
        }
        throw wrong("%s against %s (expected: two of a kind)".formatted(kind(a), kind(b)));
    }

    static boolean contains(Object container, Object item) {
        return switch (container) {
            case String text -> item instanceof String part && text.contains(part);
            case List<?> list -> list.stream().anyMatch(each -> same(each, item));
            case Map<?, ?> map -> map.containsKey(item);
            case Nothing n when isUndefined(n) -> false;
            default -> throw wrong("in " + kind(container) + " (expected: text, list or map)");
        };
    }

    /** What a loop goes over: items, keys, or characters. */
    static List<Object> items(Object value) {
        return switch (value) {
            case List<?> list -> new ArrayList<>(list);
            case Map<?, ?> map -> new ArrayList<>(map.keySet());
            case String text -> {
                List<Object> characters = new ArrayList<>();
                text.codePoints().forEach(c -> characters.add(Character.toString(c)));
                yield characters;
            }
            case Nothing n when isUndefined(n) -> new ArrayList<>();
            default -> throw wrong(kind(value) + " (expected: a list)");
        };
    }

    static long length(Object value) {
        return switch (value) {
            case String text -> text.codePointCount(0, text.length());
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case Nothing n when isUndefined(n) -> 0;
            default -> throw wrong("length of " + kind(value));
        };
    }

    /** As {@code str()} writes it. */
    static String text(Object value) {
        return switch (value) {
            case String text -> text;
            case Nothing n -> n.text();
            case Boolean b -> b ? "True" : "False";
            case Double n -> fraction(n);
            case List<?> l -> Json.python(l);
            case Map<?, ?> m -> Json.python(m);
            case Long n -> n.toString();
            default -> "<" + kind(value) + ">";
        };
    }

    /** As Python's repr: the shortest digits, exponents from 1e16 up and below 1e-4. */
    static String fraction(double n) {
        if (Double.isNaN(n)) {
            return "nan";
        }
        if (Double.isInfinite(n)) {
            return n > 0 ? "inf" : "-inf";
        }
        double size = Math.abs(n);
        if (size != 0 && (size >= 1e16 || size < 1e-4)) {
            String[] parts = Double.toString(n).split("E", -1);
            String digits = parts[0].endsWith(".0") ? parts[0].replace(".0", "") : parts[0];
            int exponent = Integer.parseInt(parts[1]);
            return "%se%s%02d".formatted(digits, exponent < 0 ? "-" : "+", Math.abs(exponent));
        }
        String plain = new java.math.BigDecimal(Double.toString(n)).toPlainString();
        return plain.contains(".") ? plain : plain + ".0";
    }

    static String requireText(Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw wrong(kind(value) + " (expected: text)");
    }

    static String kind(Object value) {
        return switch (value) {
            case Nothing n -> isNone(n) ? "none" : "undefined";
            case String s -> "text";
            case Boolean b -> "truth";
            case Long n -> "whole number";
            case Double n -> "number";
            case List<?> l -> "list";
            case Map<?, ?> m -> "map";
            case Namespace n -> "namespace";
            default -> "function";
        };
    }
}
