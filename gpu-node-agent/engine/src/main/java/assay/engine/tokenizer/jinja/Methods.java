package assay.engine.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Methods of texts, lists and maps, by their Python names; those that change one are absent. */
final class Methods {
    private static final String WHITE =
            " \t\n\r\u000b\f\u001c\u001d\u001e\u001f\u0085\u00a0\u2028\u2029\u3000";

    private Methods() {}

    static Object call(Object of, String name, List<Object> arguments, Budget budget) {
        return switch (of) {
            case String text -> ofText(text, name, arguments, budget);
            case Map<?, ?> map -> ofMap(map, name, arguments, budget);
            case List<?> list -> ofList(list, name, arguments);
            default -> throw unknown(of, name);
        };
    }

    private static RuntimeException unknown(Object of, String name) {
        return Values.wrong("%s has no method %s".formatted(Values.kind(of), name));
    }

    private static String argument(List<Object> arguments, int index) {
        if (index >= arguments.size()) {
            throw Values.wrong("argument %d is absent (expected: text)".formatted(index + 1));
        }
        return Values.requireText(arguments.get(index));
    }

    private static Object ofText(String text, String name, List<Object> arguments, Budget budget) {
        budget.make(text.length());
        return switch (name) {
            case "strip" -> strip(text, characters(arguments), true, true);
            case "lstrip" -> strip(text, characters(arguments), true, false);
            case "rstrip" -> strip(text, characters(arguments), false, true);
            case "startswith" -> affix(arguments, text::startsWith);
            case "endswith" -> affix(arguments, text::endsWith);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "capitalize" -> capitalize(text);
            case "split" -> split(text, arguments, budget);
            case "splitlines" -> new ArrayList<Object>(text.lines().toList());
            case "replace" -> replace(text, argument(arguments, 0), argument(arguments, 1), budget);
            case "removeprefix" -> {
                String prefix = argument(arguments, 0);
                yield text.startsWith(prefix) ? text.substring(prefix.length()) : text;
            }
            case "removesuffix" -> {
                String suffix = argument(arguments, 0);
                yield text.endsWith(suffix)
                        ? text.substring(0, text.length() - suffix.length())
                        : text;
            }
            case "find" -> (long) text.indexOf(argument(arguments, 0));
            case "rfind" -> (long) text.lastIndexOf(argument(arguments, 0));
            case "count" -> count(text, argument(arguments, 0));
            case "join" -> Filters.join(arguments.getFirst(), text, budget);
            case "isdigit" -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
            case "isalpha" -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetter);
            case "isspace" ->
                    !text.isEmpty() && text.codePoints().allMatch(c -> WHITE.indexOf(c) >= 0);
            default -> throw unknown(text, name);
        };
    }

    private static boolean affix(
            List<Object> arguments, java.util.function.Predicate<String> matches) {
        Object wanted = arguments.isEmpty() ? Values.UNDEFINED : arguments.getFirst();
        return wanted instanceof List<?> several
                ? several.stream().map(Values::requireText).anyMatch(matches)
                : matches.test(Values.requireText(wanted));
    }

    private static String characters(List<Object> arguments) {
        return arguments.isEmpty() || Values.isNone(arguments.getFirst())
                ? WHITE
                : argument(arguments, 0);
    }

    static String strip(String text) {
        return strip(text, WHITE, true, true);
    }

    static String strip(String text, String characters, boolean front, boolean back) {
        int from = 0;
        int to = text.length();
        while (front && from < to && characters.indexOf(text.charAt(from)) >= 0) {
            from++;
        }
        while (back && to > from && characters.indexOf(text.charAt(to - 1)) >= 0) {
            to--;
        }
        return text.substring(from, to);
    }

    static String title(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean inside = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            out.append(inside ? Character.toLowerCase(c) : Character.toUpperCase(c));
            inside = Character.isLetter(c);
        }
        return out.toString();
    }

    static String capitalize(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toUpperCase(Locale.ROOT)
                        + text.substring(1).toLowerCase(Locale.ROOT);
    }

    static String replace(String text, String from, String to, Budget budget) {
        long times = from.isEmpty() ? text.length() + 1L : count(text, from);
        budget.make(text.length() + times * to.length());
        return text.replace(from, to);
    }

    private static long count(String text, String part) {
        if (part.isEmpty()) {
            return text.length() + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    /** At a separator, or at runs of white space; at most so many times. */
    private static List<Object> split(String text, List<Object> arguments, Budget budget) {
        boolean white = arguments.isEmpty() || Values.isNone(arguments.getFirst());
        long most = arguments.size() > 1 ? Values.whole(arguments.get(1)) : -1;
        List<Object> parts = new ArrayList<>();
        if (white) {
            String rest = strip(text, WHITE, true, false);
            while (!rest.isEmpty()) {
                budget.make(rest.length());
                int end = 0;
                while (end < rest.length() && WHITE.indexOf(rest.charAt(end)) < 0) {
                    end++;
                }
                if (most >= 0 && parts.size() == most) {
                    end = rest.length();
                }
                parts.add(rest.substring(0, end));
                rest = strip(rest.substring(end), WHITE, true, false);
            }
            return parts;
        }
        String separator = argument(arguments, 0);
        if (separator.isEmpty()) {
            throw Values.wrong("split by nothing (expected: a separator)");
        }
        int from = 0;
        for (int at = text.indexOf(separator);
                at >= 0 && (most < 0 || parts.size() < most);
                at = text.indexOf(separator, from)) {
            budget.make(8);
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static Object ofMap(Map<?, ?> map, String name, List<Object> arguments, Budget budget) {
        budget.make(map.size());
        return switch (name) {
            case "get" -> {
                Object otherwise = arguments.size() > 1 ? arguments.get(1) : Values.NONE;
                Object value = arguments.isEmpty() ? null : map.get(arguments.getFirst());
                yield value == null ? otherwise : value;
            }
            case "items" -> pairs(map);
            case "keys" -> new ArrayList<Object>(map.keySet());
            case "values" -> new ArrayList<Object>(map.values());
            default -> throw unknown(map, name);
        };
    }

    static List<Object> pairs(Map<?, ?> map) {
        List<Object> pairs = new ArrayList<>();
        map.forEach((key, value) -> pairs.add(List.of(key, Objects.requireNonNull(value))));
        return pairs;
    }

    private static Object ofList(List<?> list, String name, List<Object> arguments) {
        Object wanted = arguments.isEmpty() ? Values.UNDEFINED : arguments.getFirst();
        return switch (name) {
            case "count" -> list.stream().filter(item -> Values.same(item, wanted)).count();
            case "index" -> {
                for (int i = 0; i < list.size(); i++) {
                    if (Values.same(list.get(i), wanted)) {
                        yield (long) i;
                    }
                }
                throw Values.wrong("index of what is not in the list");
            }
            default -> throw unknown(list, name);
        };
    }
}
