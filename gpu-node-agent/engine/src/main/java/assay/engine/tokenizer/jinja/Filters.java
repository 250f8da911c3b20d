package assay.engine.tokenizer.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What stands behind {@code |}. Source: Jinja documentation, "List of Builtin Filters". */
final class Filters {
    static final Set<String> NAMES =
            Set.of(
                    "trim",
                    "length",
                    "count",
                    "tojson",
                    "default",
                    "d",
                    "upper",
                    "lower",
                    "capitalize",
                    "title",
                    "replace",
                    "join",
                    "list",
                    "first",
                    "last",
                    "map",
                    "select",
                    "reject",
                    "selectattr",
                    "rejectattr",
                    "items",
                    "dictsort",
                    "string",
                    "int",
                    "float",
                    "abs",
                    "round",
                    "reverse",
                    "sort",
                    "unique",
                    "sum",
                    "min",
                    "max",
                    "indent",
                    "safe",
                    "escape",
                    "e",
                    "format");

    private final Budget budget;

    Filters(Budget budget) {
        this.budget = budget;
    }

    /** What a filter is given beside the value. */
    record Given(List<Object> positional, Map<String, Object> named) {
        Object get(int index, String name, Object otherwise) {
            return index < positional.size()
                    ? positional.get(index)
                    : named.getOrDefault(name, otherwise);
        }

        String text(int index, String name, String otherwise) {
            return Values.text(get(index, name, otherwise));
        }

        boolean flag(int index, String name) {
            return Values.truth(get(index, name, false));
        }
    }

    Object apply(String name, Object value, Given given) {
        return switch (name) {
            case "default", "d" ->
                    Values.isUndefined(value) || (given.flag(1, "boolean") && !Values.truth(value))
                            ? given.get(0, "default_value", "")
                            : value;
            case "length", "count" -> Values.length(value);
            case "tojson" -> toJson(value, given);
            case "int", "float", "abs", "round" -> number(name, value, given);
            case "list", "first", "last", "reverse", "sort", "unique", "sum", "min", "max" ->
                    overList(name, value, given);
            case "map", "select", "reject", "selectattr", "rejectattr" ->
                    overEach(name, value, given);
            case "items", "dictsort" -> pairs(name, value);
            case "join" -> join(attribute(value, given), given.text(0, "d", ""), budget);
            default -> overText(name, Values.text(value), given);
        };
    }

    private Object toJson(Object value, Given given) {
        Object indent = given.get(0, "indent", Values.NONE);
        int blanks = Values.isNone(indent) ? -1 : Math.clamp(Values.whole(indent), 0, 16);
        return budget.made(
                Json.json(
                        value,
                        blanks,
                        Values.truth(given.named().getOrDefault("sort_keys", false)),
                        Values.truth(given.named().getOrDefault("ensure_ascii", false))));
    }

    private Object overText(String name, String text, Given given) {
        budget.make(text.length());
        return switch (name) {
            case "trim" ->
                    given.positional().isEmpty()
                            ? Methods.strip(text)
                            : Methods.strip(text, given.text(0, "chars", ""), true, true);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "capitalize" -> Methods.capitalize(text);
            case "title" -> Methods.title(text);
            case "replace" ->
                    Methods.replace(
                            text, given.text(0, "old", ""), given.text(1, "new", ""), budget);
            case "indent" -> indent(text, given);
            case "escape", "e" ->
                    budget.made(
                            text.replace("&", "&amp;")
                                    .replace("<", "&lt;")
                                    .replace(">", "&gt;")
                                    .replace("'", "&#39;")
                                    .replace("\"", "&#34;"));
            case "format" -> format(text, given.positional());
            default -> text; // string, safe
        };
    }

    private String indent(String text, Given given) {
        Object width = given.get(0, "width", 4L);
        String prefix =
                width instanceof String blanks
                        ? blanks
                        : " ".repeat(Math.clamp(Values.whole(width), 0, 256));
        boolean first = given.flag(1, "first");
        boolean blank = given.flag(2, "blank");
        StringBuilder out = new StringBuilder();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            budget.make(prefix.length());
            boolean indented = (i > 0 || first) && (blank || !lines[i].isEmpty());
            out.append(i > 0 ? "\n" : "").append(indented ? prefix : "").append(lines[i]);
        }
        return out.toString();
    }

    /** {@code %s}, {@code %d} and {@code %%}: what templates use of Python's formatting. */
    private String format(String pattern, List<Object> arguments) {
        StringBuilder out = new StringBuilder();
        int used = 0;
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            char kind = ++i < pattern.length() ? pattern.charAt(i) : ' ';
            if (kind == '%') {
                out.append('%');
            } else if ((kind == 's' || kind == 'd') && used < arguments.size()) {
                Object argument = arguments.get(used++);
                out.append(
                        budget.made(
                                kind == 's'
                                        ? Values.text(argument)
                                        : String.valueOf((long) Values.number(argument))));
            } else {
                throw Values.wrong("format %" + kind + " (expected: %s or %d, and a value)");
            }
        }
        return out.toString();
    }

    private static Object number(String name, Object value, Given given) {
        return switch (name) {
            case "int" -> {
                if (value instanceof String text) {
                    String digits = Methods.strip(text);
                    yield digits.matches("[-+]?\\d{1,18}")
                            ? (Object) Long.valueOf(digits)
                            : given.get(0, "default", 0L);
                }
                yield Values.isNumber(value)
                        ? (Object) (long) Values.number(value)
                        : given.get(0, "default", 0L);
            }
            case "float" -> {
                if (value instanceof String text) {
                    String digits = Methods.strip(text);
                    yield digits.matches("[-+]?\\d{1,300}(\\.\\d{0,300})?([eE][-+]?\\d{1,3})?")
                            ? (Object) Double.valueOf(digits)
                            : given.get(0, "default", 0.0);
                }
                yield Values.isNumber(value)
                        ? (Object) Values.number(value)
                        : given.get(0, "default", 0.0);
            }
            case "abs" ->
                    value instanceof Long whole
                            ? (Object) Math.abs(whole)
                            : (Object) Math.abs(Values.number(value));
            default -> {
                long places = Math.clamp(Values.whole(given.get(0, "precision", 0L)), 0, 15);
                double scale = Math.pow(10, (double) places);
                yield Math.rint(Values.number(value) * scale) / scale;
            }
        };
    }

    private Object overList(String name, Object value, Given given) {
        List<Object> items = Values.items(value);
        budget.make(items.size());
        return switch (name) {
            case "list" -> items;
            case "first" -> items.isEmpty() ? Values.UNDEFINED : items.getFirst();
            case "last" -> items.isEmpty() ? Values.UNDEFINED : items.getLast();
            case "reverse" ->
                    value instanceof String text
                            ? new StringBuilder(text).reverse().toString()
                            : items.reversed();
            case "unique" -> unique(items);
            case "sum" -> {
                Object sum = given.get(1, "start", 0L);
                for (Object item : Values.items(attribute(items, given))) {
                    sum = Operators.binary("+", sum, item, budget);
                }
                yield sum;
            }
            default -> ordered(name, items, given);
        };
    }

    private List<Object> unique(List<Object> items) {
        List<Object> unique = new ArrayList<>();
        for (Object item : items) {
            budget.make(unique.size());
            if (!Values.contains(unique, item)) {
                unique.add(item);
            }
        }
        return unique;
    }

    /** Sorted, or the least or the greatest. */
    private Object ordered(String name, List<Object> items, Given given) {
        budget.make(8L * items.size());
        String key = Values.text(given.named().getOrDefault("attribute", ""));
        items.sort(
                Comparator.comparing(
                        item -> folded(key.isEmpty() ? item : attribute(item, key)),
                        Values::compare));
        if (name.equals("sort")) {
            return given.flag(0, "reverse") ? items.reversed() : items;
        }
        if (items.isEmpty()) {
            return Values.UNDEFINED;
        }
        return name.equals("max") ? items.getLast() : items.getFirst();
    }

    /** Sorting does not tell capitals from small letters unless asked to, as in Jinja. */
    private static Object folded(Object value) {
        return value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
    }

    private static Object attribute(Object item, String path) {
        Object value = item;
        for (String name : path.split("\\.", -1)) {
            Object next =
                    switch (value) {
                        case Map<?, ?> map -> map.get(name);
                        case Values.Namespace space -> space.attributes().get(name);
                        default -> null;
                    };
            value = next == null ? Values.UNDEFINED : next;
        }
        return value;
    }

    private Object attribute(Object value, Given given) {
        if (!given.named().containsKey("attribute")) {
            return value;
        }
        String path = Values.text(given.named().get("attribute"));
        List<Object> values = new ArrayList<>();
        for (Object item : Values.items(value)) {
            budget.step();
            values.add(attribute(item, path));
        }
        return values;
    }

    static String join(Object value, String separator, Budget budget) {
        StringBuilder out = new StringBuilder();
        for (Object item : Values.items(value)) {
            String text = Values.text(item);
            budget.make(text.length() + (long) separator.length());
            out.append(out.isEmpty() ? "" : separator).append(text);
        }
        return out.toString();
    }

    private Object overEach(String name, Object value, Given given) {
        if (name.equals("map") && given.named().containsKey("attribute")) {
            Object otherwise = given.named().get("default");
            List<Object> mapped = Values.items(attribute(value, given));
            if (otherwise != null) {
                mapped.replaceAll(item -> Values.isUndefined(item) ? otherwise : item);
            }
            return mapped;
        }
        boolean byAttribute = name.endsWith("attr");
        int own = byAttribute ? 1 : 0;
        List<Object> positional = given.positional();
        String test = positional.size() > own ? Values.text(positional.get(own)) : "";
        List<Object> rest =
                positional.subList(Math.min(positional.size(), own + 1), positional.size());
        if (name.equals("map")) {
            return mapped(value, test, new Given(rest, given.named()));
        }
        if (!test.isEmpty() && !Tests.NAMES.contains(test)) {
            throw Values.wrong("test %s is not supported".formatted(test));
        }
        boolean wanted = name.startsWith("select");
        List<Object> kept = new ArrayList<>();
        for (Object item : Values.items(value)) {
            budget.step();
            Object looked = byAttribute ? attribute(item, given.text(0, "attribute", "")) : item;
            boolean holds = test.isEmpty() ? Values.truth(looked) : Tests.holds(test, looked, rest);
            if (holds == wanted) {
                kept.add(item);
            }
        }
        return kept;
    }

    private List<Object> mapped(Object value, String filter, Given given) {
        if (!NAMES.contains(filter)) {
            throw Values.wrong("filter %s is not supported".formatted(filter));
        }
        List<Object> mapped = new ArrayList<>();
        for (Object item : Values.items(value)) {
            budget.step();
            mapped.add(apply(filter, item, given));
        }
        return mapped;
    }

    private Object pairs(String name, Object value) {
        if (Values.isUndefined(value)) {
            return List.of();
        }
        if (!(value instanceof Map<?, ?> map)) {
            throw Values.wrong("%s of %s (expected: a map)".formatted(name, Values.kind(value)));
        }
        budget.make(map.size());
        if (name.equals("items")) {
            return Methods.pairs(map);
        }
        Map<Object, Object> sorted = new LinkedHashMap<>();
        map.entrySet().stream()
                .sorted(Comparator.comparing(e -> folded(e.getKey()), Values::compare))
                .forEach(e -> sorted.put(e.getKey(), e.getValue()));
        return Methods.pairs(sorted);
    }
}
