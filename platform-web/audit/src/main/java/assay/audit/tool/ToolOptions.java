package assay.audit.tool;

import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The words of a command line, checked. Immutable. */
final class ToolOptions {
    /** A call that can not be understood. */
    static final class Misuse extends RuntimeException {
        Misuse(String message) {
            super(message);
        }
    }

    private final Map<String, List<String>> values = new HashMap<>();
    private final List<String> words = new ArrayList<>();

    private ToolOptions() {}

    /**
     * Reads options that are given as {@code --name VALUE} or {@code --name=VALUE}.
     *
     * @param named options with a value
     * @param wordCount words beside the options
     */
    static ToolOptions parse(List<String> args, Set<String> named, int wordCount) {
        var options = new ToolOptions();
        for (int i = 0; i < args.size(); i++) {
            String arg = args.get(i);
            int equals = arg.indexOf('=');
            String name = equals < 0 ? arg : arg.substring(0, equals);
            if (arg.equals("--json")) {
                options.add(name, "true");
            } else if (!arg.startsWith("--")) {
                options.words.add(arg);
            } else if (!named.contains(name)) {
                throw new Misuse(name + ": unknown option");
            } else if (equals >= 0) {
                options.add(name, arg.substring(equals + 1));
            } else if (++i < args.size()) {
                options.add(name, args.get(i));
            } else {
                throw new Misuse(name + ": needs a value");
            }
        }
        if (options.words.size() != wordCount) {
            throw new Misuse(
                    "%d words beside options (expected: %d)"
                            .formatted(options.words.size(), wordCount));
        }
        return options;
    }

    private void add(String name, String value) {
        values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
    }

    String word(int index) {
        return words.get(index);
    }

    boolean json() {
        return values.containsKey("--json");
    }

    Optional<String> find(String name) {
        return Optional.ofNullable(values.get(name)).map(List::getLast);
    }

    String get(String name) {
        return find(name).orElseThrow(() -> new Misuse(name + ": missing"));
    }

    List<Path> paths(String name) {
        return values.getOrDefault(name, List.of()).stream().map(Path::of).toList();
    }

    /** A day, of which the first moment in UTC is meant, or a moment. */
    Instant moment(String name) {
        String text = get(name);
        try {
            return text.length() == "2026-11-22".length()
                    ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
                    : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new Misuse(
                    "%s: %s (expected: 2026-11-22 or 2026-11-22T08:00:00Z)".formatted(name, text));
        }
    }
}
