package assay.engine.tokenizer.jinja;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** A parsed template. Immutable and thread-safe. */
public final class Template {
    /** Characters; the longest published ones have some twenty thousand. */
    public static final int CHARACTERS_MAX = 256 << 10;

    private static final int RANGE_MAX = 100_000;
    private static final Map<Character, String> DATE_PARTS =
            Map.ofEntries(
                    Map.entry('d', "dd"),
                    Map.entry('m', "MM"),
                    Map.entry('Y', "uuuu"),
                    Map.entry('y', "uu"),
                    Map.entry('b', "MMM"),
                    Map.entry('B', "MMMM"),
                    Map.entry('a', "EEE"),
                    Map.entry('A', "EEEE"),
                    Map.entry('H', "HH"),
                    Map.entry('I', "hh"),
                    Map.entry('M', "mm"),
                    Map.entry('S', "ss"),
                    Map.entry('p', "a"),
                    Map.entry('j', "DDD"));

    private final List<Statement> body;
    private final int characters;

    private Template(List<Statement> body, int characters) {
        this.body = body;
        this.characters = characters;
    }

    /**
     * Parses.
     *
     * @throws EngineException MODEL_INVALID for what is no Jinja or too large, MODEL_UNSUPPORTED
     *     names the tag, filter or test that is not known
     */
    public static Template parse(String source) {
        if (source.length() > CHARACTERS_MAX) {
            throw new EngineException(
                    ErrorCode.MODEL_INVALID,
                    "chat template: %d characters (expected: at most %d)"
                            .formatted(source.length(), CHARACTERS_MAX));
        }
        return new Template(
                new StatementParser(new Lexer(source).tokens()).template(), source.length());
    }

    /**
     * Renders.
     *
     * @param variables texts, numbers, truths, null, and lists and maps of them; copied
     * @param clock what {@code strftime_now} tells, in UTC
     * @throws EngineException REQUEST_INVALID when the template raises an exception or a variable
     *     is of another type; MODEL_INVALID when it fails or takes too much
     */
    public String render(Map<String, ?> variables, InstantSource clock) {
        Budget budget = new Budget(characters);
        Map<String, Object> all = functions(clock, budget);
        variables.forEach((name, value) -> all.put(name, Values.of(value, budget)));
        return new Renderer(all, budget).render(body);
    }

    private static Map<String, Object> functions(InstantSource clock, Budget budget) {
        Map<String, Object> functions = new LinkedHashMap<>();
        put(
                functions,
                "raise_exception",
                (positional, named) -> {
                    String message = positional.isEmpty() ? "" : Values.text(positional.getFirst());
                    throw new EngineException(
                            ErrorCode.REQUEST_INVALID, "chat template refuses: " + message);
                });
        put(
                functions,
                "strftime_now",
                (positional, named) -> {
                    String format = positional.isEmpty() ? "" : Values.text(positional.getFirst());
                    return time(clock.instant().atZone(ZoneOffset.UTC), budget.made(format));
                });
        put(
                functions,
                "namespace",
                (positional, named) -> new Values.Namespace(new LinkedHashMap<>(named)));
        put(functions, "dict", (positional, named) -> new LinkedHashMap<>(named));
        put(functions, "range", (positional, named) -> range(positional, budget));
        return functions;
    }

    private static void put(Map<String, Object> into, String name, Values.Function function) {
        into.put(name, function);
    }

    private static List<Object> range(List<Object> given, Budget budget) {
        long from = given.size() > 1 ? Values.whole(given.getFirst()) : 0;
        long to = given.isEmpty() ? 0 : Values.whole(given.get(given.size() > 1 ? 1 : 0));
        long step = given.size() > 2 ? Values.whole(given.get(2)) : 1;
        List<Object> numbers = new ArrayList<>();
        for (long i = from; step > 0 ? i < to : step < 0 && i > to; i += step) {
            budget.make(1);
            if (numbers.size() >= RANGE_MAX) {
                throw Values.wrong("range above %d".formatted(RANGE_MAX));
            }
            numbers.add(i);
        }
        return numbers;
    }

    private static String time(ZonedDateTime now, String format) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            char part = format.charAt(++i);
            if (part == '%') {
                out.append('%');
            } else if (DATE_PARTS.containsKey(part)) {
                String pattern = Objects.requireNonNull(DATE_PARTS.get(part));
                out.append(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now));
            } else {
                throw Values.wrong("strftime_now %" + part + " is not supported");
            }
        }
        return out.toString();
    }
}
