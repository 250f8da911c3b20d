package assay.web.logs;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Base64;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A line as Elasticsearch gets it. The id follows from the line and its place, so a line that is
 * sent twice, or by two gateways of one machine, is stored once. Immutable.
 *
 * @param day of the line's own time, UTC
 */
record LogDocument(String id, LocalDate day, String json) {
    private static final String TIME = "@timestamp";
    private static final int ID_BYTES = 15;

    /**
     * @param now the time of a line that tells none: one that is no object of JSON, as the words of
     *     a virtual machine, is kept as a message
     */
    static LogDocument of(RawLine line, Instant now) {
        ObjectNode document = parse(line.text());
        Instant at = now;
        try {
            at = Instant.parse(document.path(TIME).asString(""));
        } catch (DateTimeParseException e) {
            document = plain(line, now);
        }
        if (document.path("log").isMissingNode()) {
            document.putObject("log");
        }
        if (document.get("log") instanceof ObjectNode log) {
            log.put("offset", line.offset());
        }
        // A clock that is wrong must not make indices of years to come.
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        LocalDate day = LocalDate.ofInstant(at, ZoneOffset.UTC);
        return new LogDocument(
                id(line),
                day.isAfter(today.plusDays(1)) ? today : day,
                JsonMapper.shared().writeValueAsString(document));
    }

    private static ObjectNode parse(String text) {
        try {
            JsonNode parsed = JsonMapper.shared().readTree(text);
            return parsed instanceof ObjectNode object
                    ? object
                    : JsonNodeFactory.instance.objectNode();
        } catch (JacksonException e) {
            return JsonNodeFactory.instance.objectNode();
        }
    }

    private static ObjectNode plain(RawLine line, Instant now) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put(TIME, now.toString()).put("message", line.text());
        document.putObject("event").put("dataset", "assay.plain");
        document.putObject("service")
                .putObject("node")
                .put("name", line.file().replace(LogFollower.ENDING, ""));
        return document;
    }

    private static String id(RawLine line) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(
                                    (line.file() + '|' + line.offset() + '|' + line.text())
                                            .getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(Arrays.copyOf(digest, ID_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
