package assay.web.trail;

import assay.audit.AuditLink;
import assay.audit.AuditRow;
import assay.audit.search.AuditFound;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A record as JSON, with its place in the chain. Stateless. */
public final class RecordJson {
    /** Keeps every digit, since a hash was made over them. */
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
                    .build();

    private RecordJson() {}

    public static ObjectNode of(AuditFound found) {
        AuditRow row = found.row();
        ObjectNode node = JSON.createObjectNode();
        node.put("id", row.id().toString());
        node.put("at", row.at().toString());
        node.put("tenant", row.tenant().toString());
        node.set("actor", JSON.readTree(row.actor()));
        node.put("source_ip", row.sourceIp());
        node.put("user_agent", row.userAgent());
        node.put("action", row.action());
        node.set("object", JSON.readTree(row.object()));
        node.set("request", JSON.readTree(row.request()));
        node.set("outcome", JSON.readTree(row.outcome()));
        node.put("duration_nanos", row.durationNanos());
        node.set("correlation", JSON.readTree(row.correlation()));
        node.set("details", JSON.readTree(row.details()));
        AuditLink link = found.link();
        if (link == null) {
            node.putNull("chain");
        } else {
            node.putObject("chain")
                    .put("sequence", link.sequence())
                    .put("content_hash", link.contentHash())
                    .put("hash", link.hash());
        }
        return node;
    }

    /** The same for people to read: in lines. */
    public static String pretty(AuditFound found) {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(of(found));
    }
}
