package assay.web.trail;

import assay.audit.search.AuditFound;
import java.util.List;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;

/**
 * Records as lines of CSV (RFC 4180). A cell that a spreadsheet would take for a formula begins
 * with an apostrophe: what strangers wrote into a record is never worked out. Source: OWASP, "CSV
 * Injection". Stateless.
 */
final class RecordCsv {
    private static final List<String> COLUMNS =
            List.of(
                    "id",
                    "at",
                    "tenant",
                    "actor.kind",
                    "actor.id",
                    "actor.name",
                    "actor.role",
                    "source_ip",
                    "user_agent",
                    "action",
                    "object.type",
                    "object.id",
                    "object.model",
                    "object.version",
                    "request.method",
                    "request.path",
                    "outcome.result",
                    "outcome.status",
                    "outcome.reason",
                    "duration_nanos",
                    "correlation.request",
                    "correlation.trace",
                    "details",
                    "chain.sequence",
                    "chain.content_hash",
                    "chain.hash");

    private RecordCsv() {}

    static String head() {
        return String.join(",", COLUMNS) + "\r\n";
    }

    static String line(AuditFound found) {
        JsonNode record = RecordJson.of(found);
        var line = new StringJoiner(",", "", "\r\n");
        for (String column : COLUMNS) {
            JsonNode node = record;
            for (String name : column.split("\\.", -1)) {
                node = node.path(name);
            }
            line.add(cell(node));
        }
        return line.toString();
    }

    private static String cell(JsonNode node) {
        if (node.isMissingNode() || node.isNull()) {
            return "";
        }
        return cell(node.isContainer() ? node.toString() : node.asString());
    }

    static String cell(String text) {
        String safe = formula(text) ? "'" + text : text;
        boolean plain = safe.chars().noneMatch(each -> ",\"\r\n".indexOf(each) >= 0);
        return plain ? safe : '"' + safe.replace("\"", "\"\"") + '"';
    }

    private static boolean formula(String text) {
        return !text.isEmpty() && "=+-@\t\r\n|%＝＋－＠".indexOf(text.charAt(0)) >= 0;
    }
}
