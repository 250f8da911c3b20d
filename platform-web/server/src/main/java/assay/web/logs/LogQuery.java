package assay.web.logs;

import assay.audit.search.AuditQuery;
import assay.web.WebException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which lines: all that is said must hold. Immutable.
 *
 * @param from the earliest time, with it
 * @param to the latest time, without it
 * @param level this one and worse; null for all
 * @param equal further fields by the names of parameters, each with the whole value
 * @param text words that stand in the message or the error, the last of them may be cut short
 */
public record LogQuery(
        Instant from,
        Instant to,
        @Nullable String level,
        Map<String, String> equal,
        @Nullable String text) {
    /** From harmless to bad. */
    public static final List<String> LEVELS = List.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR");

    /** The processes of an installation, as they name themselves. */
    public static final List<String> PROCESSES =
            List.of("assay-web", "assay-scheduler", "assay-agent");

    /** Parameters that ask for a whole value, with the field that they ask. */
    static final Map<String, String> FIELDS =
            Map.of(
                    "process", "service.name",
                    "node", "service.node.name",
                    "code", "event.code",
                    "device", "assay.device.id",
                    "model", "assay.model.name",
                    "replica", "assay.replica.id",
                    "request", "http.request.id",
                    "trace", "trace.id");

    /** The names of all parameters. */
    public static final Set<String> PARAMETERS =
            Set.of(
                    "from", "to", "range", "level", "process", "node", "code", "device", "model",
                    "replica", "request", "trace", "text");

    private static final int MOST_CHARS = 200;
    private static final Duration LONGEST = Duration.ofDays(3_650);
    private static final Duration USUAL = Duration.ofHours(1);

    public LogQuery {
        equal = Map.copyOf(equal);
        if (!from.isBefore(to) || Duration.between(from, to).compareTo(LONGEST) > 0) {
            throw WebException.invalid("from", from + " (expected: before to, by ten years most)");
        }
        if (level != null && !LEVELS.contains(level)) {
            throw WebException.invalid("level", "unknown (expected: one of " + LEVELS + ")");
        }
    }

    /**
     * The query that parameters say; {@code range} looks back from now, an hour where nothing is
     * said.
     *
     * @throws WebException INVALID_REQUEST with the wrong field
     */
    public static LogQuery parse(Map<String, String> parameters, Instant now) {
        Instant to = time(parameters, "to", now);
        Map<String, String> equal = new LinkedHashMap<>();
        FIELDS.keySet()
                .forEach(name -> {
                    String value = value(parameters, name);
                    if (value != null) {
                        equal.put(name, value);
                    }
                });
        String level = value(parameters, "level");
        return new LogQuery(
                time(parameters, "from", to.minus(range(parameters))),
                to,
                level == null ? null : level.toUpperCase(java.util.Locale.ROOT),
                equal,
                value(parameters, "text"));
    }

    private static Duration range(Map<String, String> parameters) {
        String range = value(parameters, "range");
        try {
            return range == null ? USUAL : AuditQuery.duration(range);
        } catch (AuditQuery.InvalidException e) {
            throw WebException.invalid("range", String.valueOf(e.getMessage()));
        }
    }

    private static Instant time(Map<String, String> parameters, String name, Instant otherwise) {
        String text = value(parameters, name);
        try {
            return text == null ? otherwise : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw WebException.invalid(
                    name, "no time (expected: ISO 8601 in UTC, as 2026-01-31T12:00:00Z)");
        }
    }

    private static @Nullable String value(Map<String, String> parameters, String name) {
        String value = parameters.get(name);
        if (value == null || value.isBlank()) {
            return null;
        }
        if (value.length() > MOST_CHARS || value.chars().anyMatch(each -> each < ' ')) {
            throw WebException.invalid(
                    name,
                    "too long or not plain (expected: at most " + MOST_CHARS + " characters)");
        }
        return value.strip();
    }

    /** The same filters over another range. */
    public LogQuery within(Instant otherFrom, Instant otherTo) {
        return new LogQuery(otherFrom, otherTo, level, equal, text);
    }
}
