package assay.audit.search;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What is looked for: all that is said must hold. What is null is not asked. Immutable.
 *
 * @param from the earliest time, with it
 * @param to the latest time, without it
 * @param actor the actor's id or name, whole
 * @param action whole, or with a {@code *} at its end the beginning of it: {@code "tenant.*"}
 * @param objectType and {@code objectId}: whole
 * @param model the name, whole
 * @param outcome success, failure or denied
 * @param source an address, or a network as in {@code 10.0.0.0/8}
 * @param request the request id, whole
 * @param text stands somewhere in the record's action, actor's name, object, model, path, reason or
 *     user agent, in whatever case
 */
public record AuditQuery(
        AuditScope scope,
        Instant from,
        Instant to,
        @Nullable String actor,
        @Nullable String action,
        @Nullable String objectType,
        @Nullable String objectId,
        @Nullable String model,
        @Nullable String outcome,
        @Nullable String source,
        @Nullable String request,
        @Nullable String text) {

    /** The names of all parameters, as {@link #parse} reads them. */
    public static final Set<String> PARAMETERS =
            Set.of(
                    "from",
                    "to",
                    "range",
                    "actor",
                    "action",
                    "object_type",
                    "object",
                    "model",
                    "outcome",
                    "source",
                    "request",
                    "text");

    /** The outcomes that there are. */
    public static final Set<String> OUTCOMES = Set.of("success", "failure", "denied");

    private static final int TEXT_CHARS = 200;
    private static final Duration LONGEST = Duration.ofDays(20 * 365);

    /** What {@link #parse} takes where nothing is said. */
    public static final Duration USUAL = Duration.ofHours(24);

    /** A parameter that is wrong. */
    public static final class InvalidException extends IllegalArgumentException {
        @java.io.Serial private static final long serialVersionUID = 1L;

        private final String field;

        InvalidException(String field, String message) {
            super(message);
            this.field = field;
        }

        public String field() {
            return field;
        }
    }

    public AuditQuery {
        from = from.truncatedTo(ChronoUnit.MICROS);
        to = to.truncatedTo(ChronoUnit.MICROS);
        if (!from.isBefore(to)) {
            throw new InvalidException("to", to + " (expected: after from, " + from + ")");
        }
        if (Duration.between(from, to).compareTo(LONGEST) > 0) {
            throw new InvalidException("from", from + " (expected: at most 20 years before to)");
        }
        actor = checked("actor", actor);
        action = checked("action", action);
        objectType = checked("object_type", objectType);
        objectId = checked("object", objectId);
        model = checked("model", model);
        request = checked("request", request);
        text = checked("text", text);
        if (outcome != null && !OUTCOMES.contains(outcome)) {
            throw new InvalidException("outcome", "unknown (expected: success, failure, denied)");
        }
        if (source != null) {
            source = AddressRange.parse(source).toString();
        }
    }

    /** Everything within a range. */
    public static AuditQuery all(AuditScope scope, Instant from, Instant to) {
        return parse(scope, Map.of("from", from.toString(), "to", to.toString()), to);
    }

    private static @Nullable String checked(String field, @Nullable String value) {
        if (value == null || value.isBlank()) {
            return null;
        }
        String stripped = value.strip();
        if (stripped.length() > TEXT_CHARS) {
            throw new InvalidException(
                    field,
                    stripped.length() + " characters (expected: at most " + TEXT_CHARS + ")");
        }
        if (stripped.chars().anyMatch(each -> each < ' ')) {
            throw new InvalidException(field, "holds a control character");
        }
        return stripped;
    }

    /**
     * The query that parameters say.
     *
     * @param parameters times in ISO 8601; in their place {@code range} may say how far back the
     *     query looks from now: {@code 1h}, {@code 24h}, {@code 7d}
     * @throws InvalidException for a wrong one; those that are not {@link #PARAMETERS} are ignored
     */
    public static AuditQuery parse(AuditScope scope, Map<String, String> parameters, Instant now) {
        Instant to = time(parameters, "to", now);
        String range = parameters.get("range");
        Instant usual = to.minus(range == null ? USUAL : duration(range));
        return new AuditQuery(
                scope,
                time(parameters, "from", usual),
                to,
                parameters.get("actor"),
                parameters.get("action"),
                parameters.get("object_type"),
                parameters.get("object"),
                parameters.get("model"),
                blankToNull(parameters.get("outcome")),
                blankToNull(parameters.get("source")),
                parameters.get("request"),
                parameters.get("text"));
    }

    private static @Nullable String blankToNull(@Nullable String text) {
        return text == null || text.isBlank() ? null : text.strip();
    }

    private static Instant time(Map<String, String> parameters, String name, Instant otherwise) {
        String text = blankToNull(parameters.get(name));
        if (text == null) {
            return otherwise;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new InvalidException(
                    name, "no time (expected: ISO 8601 in UTC, as 2026-01-31T12:00:00Z)");
        }
    }

    /** A range as {@link #parse} takes it: a whole number and its unit. */
    public static Duration duration(String range) {
        if (range.matches("[1-9][0-9]{0,4}[mhd]")) {
            long count = Long.parseLong(range.substring(0, range.length() - 1));
            return switch (range.charAt(range.length() - 1)) {
                case 'm' -> Duration.ofMinutes(count);
                case 'h' -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
            };
        }
        throw new InvalidException("range", "unknown (expected: as 15m, 24h or 7d)");
    }

    /** What {@link #parse} reads back, in a fixed order; the scope is not in it. */
    public Map<String, String> parameters() {
        var all = new LinkedHashMap<String, String>();
        all.put("from", from.toString());
        all.put("to", to.toString());
        all.putAll(filters());
        return all;
    }

    /** The same without the range. */
    public Map<String, String> filters() {
        var all = new LinkedHashMap<String, String>();
        put(all, "actor", actor);
        put(all, "action", action);
        put(all, "object_type", objectType);
        put(all, "object", objectId);
        put(all, "model", model);
        put(all, "outcome", outcome);
        put(all, "source", source);
        put(all, "request", request);
        put(all, "text", text);
        return all;
    }

    private static void put(Map<String, String> to, String name, @Nullable String value) {
        if (value != null) {
            to.put(name, value);
        }
    }

    /** Parameters as they stand in an address, without the question mark. */
    public static String link(Map<String, String> parameters) {
        var link = new StringJoiner("&");
        parameters.forEach((name, value) ->
                link.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return link.toString();
    }

    /** The way back from {@link #link}; a name that comes twice counts once, the last. */
    public static Map<String, String> unlink(String link) {
        var parameters = new LinkedHashMap<String, String>();
        for (String each : link.split("&", -1)) {
            int equals = each.indexOf('=');
            if (equals > 0) {
                parameters.put(
                        each.substring(0, equals),
                        URLDecoder.decode(each.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return parameters;
    }

    /** The same filters over another range. */
    public AuditQuery within(Instant otherFrom, Instant otherTo) {
        return new AuditQuery(
                scope,
                otherFrom,
                otherTo,
                actor,
                action,
                objectType,
                objectId,
                model,
                outcome,
                source,
                request,
                text);
    }

    /** The action's beginning, when that is what is asked for; else null. */
    @Nullable String actionPrefix() {
        return action != null && action.endsWith("*")
                ? action.substring(0, action.length() - 1)
                : null;
    }
}
