package assay.web.audit;

import assay.audit.AuditRow;
import java.time.Instant;
import java.util.UUID;

/** Records as a call of a generation leaves them. */
final class JournalRows {
    private JournalRows() {}

    static JournalEntry entry(UUID id, UUID tenant) {
        return new JournalEntry(
                new AuditRow(
                        id,
                        Instant.now(),
                        tenant,
                        "{\"kind\":\"api_key\",\"id\":\""
                                + tenant
                                + "\",\"name\":\"developer\","
                                + "\"role\":\"key\"}",
                        id.getLeastSignificantBits() % 2 == 0 ? null : "192.0.2.7",
                        "a \"client\"\nwith two lines, and 中文",
                        "inference.generate",
                        "{\"type\":\"model\",\"id\":\"m\",\"model\":\"m\",\"version\":\"1\"}",
                        "{\"method\":\"POST\",\"path\":\"/api/v1/generate\"}",
                        "{\"result\":\"success\",\"status\":200}",
                        12_345,
                        "{\"request\":\""
                                + id
                                + "\",\"trace\":\"4bf92f3577b34da6a3ce929d0e0e4736\"}",
                        "{\"prompt_tokens\":3,\"completion_tokens\":20,\"prompt_sha256\":\""
                                + "ab".repeat(32)
                                + "\",\"answer_sha256\":\""
                                + "cd".repeat(32)
                                + "\"}"),
                null);
    }

    static JournalEntry entry(int number) {
        return entry(new UUID(0, number), new UUID(1, 1));
    }
}
