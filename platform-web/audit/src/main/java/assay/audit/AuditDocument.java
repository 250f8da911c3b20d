package assay.audit;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A record as Elasticsearch has it: the twelve fields by the names of the Elastic Common Schema
 * (field reference 9.x), what ECS has no name for under {@code audit.*}. The way back is exact, so
 * that a document can be held against the chain. Stateless.
 */
public final class AuditDocument {
    private static final JsonMapper JSON = CanonicalForm.JSON;
    private static final String ECS_VERSION = "9.0.0";

    private AuditDocument() {}

    /** The document of a record and its place in the chain, to be stored under the record's id. */
    public static byte[] bytes(AuditRow row, AuditLink link) {
        return JSON.writeValueAsBytes(of(row, link));
    }

    static Map<String, Object> of(AuditRow row, AuditLink link) {
        JsonNode actor = JSON.readTree(row.actor());
        JsonNode object = JSON.readTree(row.object());
        JsonNode request = JSON.readTree(row.request());
        JsonNode outcome = JSON.readTree(row.outcome());
        JsonNode correlation = JSON.readTree(row.correlation());
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("@timestamp", row.at().toString());
        document.put("ecs.version", ECS_VERSION);
        document.put("organization.id", row.tenant().toString());
        put(document, "audit.actor.kind", actor, "kind");
        put(document, "user.id", actor, "id");
        put(document, "user.name", actor, "name");
        if (actor.has("role")) {
            document.put("user.roles", List.of(actor.get("role").asString()));
        }
        putText(document, "source.ip", row.sourceIp());
        putText(document, "user_agent.original", row.userAgent());
        document.put("event.id", row.id().toString());
        document.put("event.kind", "event");
        document.put("event.dataset", "assay.audit");
        document.put("event.action", row.action());
        put(document, "audit.target.type", object, "type");
        put(document, "audit.target.id", object, "id");
        put(document, "audit.model.name", object, "model");
        put(document, "audit.model.version", object, "version");
        put(document, "http.request.method", request, "method");
        put(document, "url.path", request, "path");
        put(document, "audit.result", outcome, "result");
        document.put("event.outcome", ecsOutcome(outcome.path("result").asString("")));
        if (outcome.has("status")) {
            document.put("http.response.status_code", outcome.get("status").asLong());
        }
        put(document, "event.reason", outcome, "reason");
        document.put("event.duration", row.durationNanos());
        put(document, "http.request.id", correlation, "request");
        put(document, "trace.id", correlation, "trace");
        document.put("audit.details", JSON.readTree(row.details()));
        document.put("event.sequence", link.sequence());
        document.put("event.hash", link.hash());
        document.put("audit.content_hash", link.contentHash());
        return document;
    }

    /** ECS knows two ends beside "unknown"; what is denied did not succeed. */
    private static String ecsOutcome(String result) {
        return switch (result) {
            case "success" -> "success";
            case "failure", "denied" -> "failure";
            default -> "unknown";
        };
    }

    private static void put(
            Map<String, Object> document, String name, JsonNode from, String property) {
        JsonNode value = from.get(property);
        if (value != null && !value.isNull()) {
            document.put(name, value.asString());
        }
    }

    private static void putText(Map<String, Object> document, String name, @Nullable String text) {
        if (text != null) {
            document.put(name, text);
        }
    }

    /** A document as {@link #row} and {@link #link} want it: with every digit of its numbers. */
    public static JsonNode parse(byte[] document) {
        return JSON.readTree(document);
    }

    /** The record that a document was made of. */
    public static AuditRow row(JsonNode document) {
        ObjectNode actor = JSON.createObjectNode();
        copy(document, "audit.actor.kind", actor, "kind");
        copy(document, "user.id", actor, "id");
        copy(document, "user.name", actor, "name");
        JsonNode roles = document.path("user.roles");
        if (!roles.isEmpty()) {
            actor.put("role", roles.get(0).asString());
        }
        ObjectNode object = JSON.createObjectNode();
        copy(document, "audit.target.type", object, "type");
        copy(document, "audit.target.id", object, "id");
        copy(document, "audit.model.name", object, "model");
        copy(document, "audit.model.version", object, "version");
        ObjectNode request = JSON.createObjectNode();
        copy(document, "http.request.method", request, "method");
        copy(document, "url.path", request, "path");
        ObjectNode outcome = JSON.createObjectNode();
        copy(document, "audit.result", outcome, "result");
        if (document.has("http.response.status_code")) {
            outcome.put("status", document.get("http.response.status_code").asLong());
        }
        copy(document, "event.reason", outcome, "reason");
        ObjectNode correlation = JSON.createObjectNode();
        copy(document, "http.request.id", correlation, "request");
        copy(document, "trace.id", correlation, "trace");
        return new AuditRow(
                UUID.fromString(text(document, "event.id")),
                Instant.parse(text(document, "@timestamp")),
                UUID.fromString(text(document, "organization.id")),
                actor.toString(),
                optional(document, "source.ip"),
                optional(document, "user_agent.original"),
                text(document, "event.action"),
                object.toString(),
                request.toString(),
                outcome.toString(),
                document.path("event.duration").asLong(),
                correlation.toString(),
                document.path("audit.details").toString());
    }

    /** The place in the chain that a document claims. */
    public static AuditLink link(JsonNode document) {
        return new AuditLink(
                document.path("event.sequence").asLong(),
                text(document, "audit.content_hash"),
                text(document, "event.hash"));
    }

    private static void copy(JsonNode document, String name, ObjectNode to, String property) {
        String value = optional(document, name);
        if (value != null) {
            to.put(property, value);
        }
    }

    private static @Nullable String optional(JsonNode document, String name) {
        JsonNode value = document.get(name);
        return value == null || value.isNull() ? null : value.asString();
    }

    private static String text(JsonNode document, String name) {
        String value = optional(document, name);
        if (value == null) {
            throw new IllegalArgumentException("a document of an audit record has no " + name);
        }
        return value;
    }
}
