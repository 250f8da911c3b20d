package assay.audit.elastic;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * Looks whether a data stream keeps records as long as they have to be kept. There its lifecycle
 * deletes, and what the template asked for is not always what is done: an administrator may have
 * set another lifecycle, and a maximum of the whole cluster goes before every stream's own. What is
 * deleted too early is still in PostgreSQL, so this alarms and stops nothing.
 *
 * <p>Source: Elasticsearch's reference, "Get data streams" ({@code lifecycle.effective_retention}
 * is what remains after the cluster's maximum). {@link #look} is called by one thread at a time.
 */
final class StreamRetention {
    private static final Logger LOG = LoggerFactory.getLogger(StreamRetention.class);
    private static final String BY_POLICY = "Index Lifecycle Management";
    private static final Pattern TIME = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)([a-z]+)");
    private static final Map<String, Duration> UNITS =
            Map.of(
                    "d", Duration.ofDays(1),
                    "h", Duration.ofHours(1),
                    "m", Duration.ofMinutes(1),
                    "s", Duration.ofSeconds(1),
                    "ms", Duration.ofMillis(1),
                    "micros", Duration.ofNanos(1_000),
                    "nanos", Duration.ofNanos(1));

    private final String stream;
    private final int days;
    private volatile Verdict last = new Verdict.Absent();

    /**
     * Registers the gauge.
     *
     * @param days that records have to be kept
     */
    StreamRetention(String stream, int days, MeterRegistry meters) {
        this.stream = stream;
        this.days = days;
        Gauge.builder("assay.audit.stream.short.days", () -> last.shortDays())
                .description("By how many days the data stream deletes audit records too early")
                .register(meters);
    }

    /** What a stream's description says about its records' time. */
    sealed interface Verdict {
        /** They stay as long as they have to. */
        record Enough() implements Verdict {}

        /** There is no stream yet: the first record makes it. */
        record Absent() implements Verdict {}

        /**
         * They go too early.
         *
         * @param kept as Elasticsearch says it
         * @param by what determines it
         * @param missingDays above 0; a part of a day counts as one
         */
        record TooShort(String kept, String by, long missingDays) implements Verdict {}

        /** It does not say. */
        record Unknown(String reason) implements Verdict {}

        /** 0 for enough, above 0 is an alarm, no number where nothing is known. */
        default double shortDays() {
            return switch (this) {
                case Enough _ -> 0;
                case TooShort few -> few.missingDays();
                case Absent _, Unknown _ -> Double.NaN;
            };
        }
    }

    /**
     * Asks for the stream's description, and says once what is wrong with it.
     *
     * @param any may see the stream's metadata: {@code view_index_metadata}
     */
    Verdict look(ElasticConnection any) {
        Verdict found;
        try {
            found = judge(any.call("GET", "/_data_stream/" + stream, null), stream, days);
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            found = new Verdict.Unknown(message.lines().findFirst().orElse(message));
        }
        if (!found.equals(last)) {
            say(found);
        }
        last = found;
        return found;
    }

    private void say(Verdict found) {
        switch (found) {
            case Verdict.TooShort few ->
                    LOG.warn(
                            "data stream {} keeps audit records for {}, by its {} (expected: {}d"
                                    + " or more); they stay in PostgreSQL",
                            stream,
                            few.kept(),
                            few.by(),
                            days);
            case Verdict.Unknown unknown ->
                    LOG.warn(
                            "whether data stream {} keeps audit records for {} days is not known:"
                                    + " {}",
                            stream,
                            days,
                            unknown.reason());
            case Verdict.Enough _ ->
                    LOG.info("data stream {} keeps audit records for {} days", stream, days);
            case Verdict.Absent _ -> LOG.info("there is no data stream {}", stream);
        }
    }

    /**
     * Judges the answer to {@code GET /_data_stream/NAME}.
     *
     * @param answer missing where there is no such stream
     */
    static Verdict judge(JsonNode answer, String stream, int days) {
        JsonNode described = described(answer, stream);
        if (described.isMissingNode()) {
            return new Verdict.Absent();
        }
        if (byPolicy(described)) {
            return new Verdict.Unknown(
                    "index lifecycle policy "
                            + described.path("ilm_policy").asString("")
                            + " deletes, and is not looked at");
        }
        JsonNode lifecycle = described.path("lifecycle");
        if (!lifecycle.isObject() || !lifecycle.path("enabled").asBoolean(true)) {
            return new Verdict.Enough(); // nothing deletes
        }
        String effective = lifecycle.path("effective_retention").asString("");
        String kept =
                effective.isEmpty() ? lifecycle.path("data_retention").asString("") : effective;
        if (kept.isEmpty() || kept.equals("-1")) {
            return new Verdict.Enough();
        }
        Optional<Duration> time = duration(kept);
        if (time.isEmpty()) {
            return new Verdict.Unknown("retention: " + kept + " (expected: such as 180d)");
        }
        Duration missing = Duration.ofDays(days).minus(time.get());
        if (missing.isZero() || missing.isNegative()) {
            return new Verdict.Enough();
        }
        String by = lifecycle.path("retention_determined_by").asString("data_retention");
        return new Verdict.TooShort(kept, by, missing.plusDays(1).minusNanos(1).toDays());
    }

    private static JsonNode described(JsonNode answer, String stream) {
        for (JsonNode each : answer.path("data_streams")) {
            if (each.path("name").asString("").equals(stream)) {
                return each;
            }
        }
        return MissingNode.getInstance();
    }

    /** Whether any of its indices is, or the next one will be, in the hands of a policy. */
    private static boolean byPolicy(JsonNode described) {
        if (described.path("next_generation_managed_by").asString("").equals(BY_POLICY)) {
            return true;
        }
        for (JsonNode index : described.path("indices")) {
            if (index.path("managed_by").asString("").equals(BY_POLICY)) {
                return true;
            }
        }
        return false;
    }

    /** A time as Elasticsearch writes it: {@code 180d}; empty for what is none. */
    static Optional<Duration> duration(String text) {
        Matcher matcher = TIME.matcher(text);
        Duration unit = matcher.matches() ? UNITS.get(matcher.group(2)) : null;
        return unit == null
                ? Optional.empty()
                : Optional.of(
                        Duration.ofNanos(
                                (long) (Double.parseDouble(matcher.group(1)) * unit.toNanos())));
    }
}
