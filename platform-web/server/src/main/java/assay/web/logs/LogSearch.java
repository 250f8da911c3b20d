package assay.web.logs;

import assay.audit.elastic.ElasticConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A {@link LogQuery} as Elasticsearch understands it. Thread-safe. */
final class LogSearch {
    private static final String TIME = "@timestamp";
    private static final String OFFSET = "log.offset";
    private static final String TARGET =
            "/" + LogIndices.PATTERN + "/_search?ignore_unavailable=true&allow_no_indices=true";
    private static final int MOST_EXPANSIONS = 200;

    private final ElasticConnection reader;

    LogSearch(ElasticConnection reader) {
        this.reader = reader;
    }

    LogPage page(LogQuery query, LogPage.@Nullable Cursor after, int limit) throws IOException {
        JsonNode hits = reader.call("POST", TARGET, body(query, after, limit)).at("/hits/hits");
        List<LogLine> lines = new ArrayList<>();
        for (JsonNode hit : hits) {
            if (lines.size() < limit) {
                lines.add(LogLine.of(hit.path("_id").asString(""), hit.path("_source")));
            }
        }
        if (hits.size() <= limit) {
            return new LogPage(lines, null);
        }
        JsonNode sort = hits.path(limit - 1).path("sort");
        return new LogPage(
                lines, new LogPage.Cursor(sort.path(0).asLong(0), sort.path(1).asLong(0)));
    }

    static String body(LogQuery query, LogPage.@Nullable Cursor after, int limit) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("size", limit + 1).put("track_total_hits", false).put("timeout", "5s");
        ArrayNode filters = body.putObject("query").putObject("bool").putArray("filter");
        filters.addObject()
                .putObject("range")
                .putObject(TIME)
                .put("gte", query.from().toString())
                .put("lt", query.to().toString());
        if (query.level() != null) {
            levels(filters.addObject().putObject("terms").putArray("log.level"), query.level());
        }
        for (Map.Entry<String, String> each : query.equal().entrySet()) {
            String field = LogQuery.FIELDS.get(each.getKey());
            if (field != null) {
                filters.addObject().putObject("term").put(field, each.getValue());
            }
        }
        if (query.text() != null) {
            text(filters.addObject().putObject("bool"), query.text());
        }
        ArrayNode sort = body.putArray("sort");
        sort.addObject().put(TIME, "desc");
        sort.addObject()
                .putObject(OFFSET)
                .put("order", "desc")
                .put("unmapped_type", "long")
                .put("missing", "_last");
        if (after != null) {
            body.putArray("search_after").add(after.epochMillis()).add(after.offset());
        }
        return JsonMapper.shared().writeValueAsString(body);
    }

    /** Other programs write them small. */
    private static void levels(ArrayNode terms, String least) {
        List<String> all = LogQuery.LEVELS;
        for (String each : all.subList(all.indexOf(least), all.size())) {
            terms.add(each).add(each.toLowerCase(Locale.ROOT));
        }
        terms.add("FATAL").add("fatal");
    }

    private static void text(ObjectNode bool, String text) {
        ArrayNode any = bool.put("minimum_should_match", 1).putArray("should");
        for (String field : List.of("message", "error.message", "error.stack_trace")) {
            any.addObject()
                    .putObject("match_phrase_prefix")
                    .putObject(field)
                    .put("query", text)
                    .put("max_expansions", MOST_EXPANSIONS);
        }
        for (String field : List.of("event.code", "error.code", "error.type", "log.logger")) {
            any.addObject()
                    .putObject("wildcard")
                    .putObject(field)
                    .put("value", "*" + escaped(text) + "*")
                    .put("case_insensitive", true);
        }
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?");
    }
}
