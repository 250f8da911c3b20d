package assay.web.jobs;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.http.JsonBody;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A submission over HTTP. As one JSON object with its {@code items} it is small and read whole; as
 * lines of JSON or as CSV it is read as it comes, and how the job is to be run stands in the query
 * (or, of lines, in the first).
 */
record JobBody(NewJob job, ItemSource items) {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** So much of what is left is read, so that the sender gets to read the answer. */
    private static final long PASSED_OVER = 64L << 20;

    /**
     * @param maxBytes of a JSON object that is read whole
     * @throws WebException INVALID_REQUEST with each wrong field, MALFORMED_JSON, REQUEST_TOO_LARGE
     */
    static JobBody read(HttpServletRequest request, JobLimits limits, int maxBytes)
            throws IOException {
        String key = request.getHeader("Idempotency-Key");
        return switch (contentType(request)) {
            case "application/json" -> whole(JsonBody.read(request, maxBytes), key);
            case "application/x-ndjson", "application/jsonl", "application/x-jsonlines" ->
                    lines(query(request), request.getInputStream(), limits, key);
            case "text/csv" ->
                    new JobBody(
                            JobFields.read(query(request), key),
                            new CsvItems(request.getInputStream(), limits));
            default ->
                    throw WebException.invalid(
                            "Content-Type",
                            "expected: application/json, application/x-ndjson or text/csv");
        };
    }

    /** Reads what a refused sender still sends, within a bound. */
    static void passOver(HttpServletRequest request) throws IOException {
        InputStream in = request.getInputStream();
        long left = PASSED_OVER;
        while (left > 0) {
            long skipped = in.readNBytes((int) Math.min(left, 64 << 10)).length;
            if (skipped == 0) {
                return;
            }
            left -= skipped;
        }
    }

    private static String contentType(HttpServletRequest request) {
        String type = request.getContentType() == null ? "" : request.getContentType();
        return type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    private static JobBody whole(ObjectNode body, @Nullable String key) {
        JsonNode items = body.remove("items");
        if (items == null || !items.isArray()) {
            throw WebException.invalid("items", "missing (expected: an array of objects)");
        }
        var index = new AtomicInteger();
        ItemSource source =
                () -> {
                    int line = index.getAndIncrement();
                    if (line >= items.size()) {
                        return Optional.empty();
                    }
                    if (items.get(line) instanceof ObjectNode fields) {
                        return Optional.of(new ItemSource.ReadItem(line + 1L, fields));
                    }
                    throw BadItem.at(line + 1L, "item", "not an object");
                };
        return new JobBody(JobFields.read(body, key), source);
    }

    private static JobBody lines(
            ObjectNode query, InputStream in, JobLimits limits, @Nullable String key)
            throws IOException {
        var items = new NdjsonItems(in, limits);
        items.header().ifPresent(query::setAll);
        return new JobBody(JobFields.read(query, key), items);
    }

    private static ObjectNode query(HttpServletRequest request) {
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, String[]> each : request.getParameterMap().entrySet()) {
            if (each.getValue().length != 1) {
                throw WebException.invalid(each.getKey(), "given more than once");
            }
            fields.set(each.getKey(), value(each.getKey(), each.getValue()[0]));
        }
        return fields;
    }

    /** A query holds texts alone: numbers and objects are read out of them. */
    private static JsonNode value(String name, String text) {
        if (!name.equals("priority") && !name.equals("max_attempts") && !name.equals("defaults")) {
            return JsonNodeFactory.instance.stringNode(text);
        }
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw new WebException(
                    ErrorCode.INVALID_REQUEST,
                    name + ": not JSON",
                    Map.of(name, "not JSON"),
                    null,
                    null);
        }
    }
}
