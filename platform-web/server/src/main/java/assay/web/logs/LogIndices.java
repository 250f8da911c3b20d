package assay.web.logs;

import assay.audit.elastic.ElasticConnection;
import assay.audit.elastic.ElasticSettings.Authority;
import assay.audit.elastic.ElasticStore;
import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The indices of log lines, one for each UTC day. Thread-safe. */
final class LogIndices {
    static final String PATTERN = "logs-assay-*";

    private static final String PREFIX = "logs-assay-";
    private static final String TEMPLATE = "/_index_template/logs-assay";
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuu.MM.dd");
    private static final int CONFLICT = 409;

    /** A key that lacks a right, an index that may not be made: somebody can put that right. */
    private static final Set<Integer> OF_THE_CLUSTER = Set.of(401, 403, 404);

    private static final int TOO_MANY = 429;
    private static final int SERVER_FAULT = 500;

    private final ElasticStore store;
    private final int replicas;

    LogIndices(ElasticStore store, int replicas) {
        this.store = store;
        this.replicas = replicas;
    }

    /** What became of the documents of one request. */
    record Answer(int stored, List<LogDocument> later, int refused, String reason) {}

    static String of(LocalDate day) {
        return PREFIX + DAY.format(day);
    }

    /**
     * Puts the template there, or where the key may not, sees that somebody did: without it types
     * would be guessed from the first line.
     */
    void prepare() throws IOException {
        JsonNode template = template();
        if (template.path("template") instanceof ObjectNode body
                && body.path("settings").path("index") instanceof ObjectNode settings) {
            settings.put("number_of_replicas", replicas);
        }
        try {
            store.connection(Authority.ADMIN)
                    .call("PUT", TEMPLATE, JsonMapper.shared().writeValueAsString(template));
        } catch (IOException e) {
            if (store.connection(Authority.WRITER).call("GET", TEMPLATE, null).isMissingNode()) {
                throw new IOException("the index template logs-assay is missing", e);
            }
        }
    }

    private static JsonNode template() throws IOException {
        try (InputStream in = LogIndices.class.getResourceAsStream("template.json")) {
            return JsonMapper.shared().readTree(in);
        }
    }

    /** Sends them in one request. */
    Answer create(List<LogDocument> documents) throws IOException {
        var body = new StringBuilder();
        for (LogDocument each : documents) {
            body.append("{\"create\":{\"_index\":\"")
                    .append(of(each.day()))
                    .append("\",\"_id\":\"")
                    .append(each.id())
                    .append("\"}}\n")
                    .append(each.json())
                    .append('\n');
        }
        JsonNode items =
                store.connection(Authority.WRITER)
                        .call(
                                "POST",
                                "/_bulk?filter_path=items.*.status,items.*.error.reason",
                                body.toString())
                        .path("items");
        if (items.size() != documents.size()) {
            throw new IOException(
                    "bulk answer: " + items.size() + " items (expected: " + documents.size() + ")");
        }
        return judge(documents, items);
    }

    static Answer judge(List<LogDocument> documents, JsonNode items) {
        List<LogDocument> later = new ArrayList<>();
        int stored = 0;
        int refused = 0;
        String reason = "";
        for (int i = 0; i < documents.size(); i++) {
            JsonNode item = items.path(i).path("create");
            int status = item.path("status").asInt(SERVER_FAULT);
            if (status < 300 || status == CONFLICT) {
                stored++; // there already is stored, too
            } else if (status == TOO_MANY
                    || status >= SERVER_FAULT
                    || OF_THE_CLUSTER.contains(status)) {
                later.add(documents.get(i));
                reason = item.path("error").path("reason").asString("");
            } else {
                refused++;
                reason = item.path("error").path("reason").asString("");
            }
        }
        return new Answer(stored, later, refused, reason);
    }

    /** Deletes the days before that one, each by its name. */
    int deleteBefore(LocalDate first) throws IOException {
        ElasticConnection deleter = store.connection(Authority.DELETER);
        JsonNode found =
                deleter.call("GET", "/" + PATTERN + "/_settings/index.creation_date", null);
        int deleted = 0;
        for (String name : found.propertyNames()) {
            if (name.startsWith(PREFIX) && isBefore(name.substring(PREFIX.length()), first)) {
                deleter.call("DELETE", "/" + name, null);
                deleted++;
            }
        }
        return deleted;
    }

    private static boolean isBefore(String day, LocalDate first) {
        try {
            return LocalDate.parse(day, DAY).isBefore(first);
        } catch (DateTimeParseException e) {
            return false; // not one of ours
        }
    }
}
