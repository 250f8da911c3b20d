package assay.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuditDocumentTest {
    private static AuditRow row(String actor, String details) {
        return new AuditRow(
                UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057"),
                Instant.parse("2026-11-22T10:15:30.123456789Z"),
                AuditRow.PLATFORM,
                actor,
                "192.0.2.7",
                null,
                "inference.generate",
                "{\"type\":\"model\",\"id\":\"m\",\"model\":\"m\",\"version\":\"1\"}",
                "{\"method\":\"POST\",\"path\":\"/v1/completions\"}",
                "{\"result\":\"denied\",\"status\":403,\"reason\":\"PERMISSION_DENIED\"}",
                12_345,
                "{\"request\":\"r\"}",
                details);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aDocumentLeadsBackToItsRecord(long seed) {
        var random = new Random(seed);
        AuditRow row =
                row(
                        "{\"kind\":\"user\",\"id\":\"u\",\"name\":\"\\u0041\\n\",\"role\":\"admin\"}",
                        "{\"n\":%s,\"deep\":{\"list\":[1,null,%d,\"中\"]}}"
                                .formatted(random.nextDouble() * 1e12, random.nextLong()));
        AuditLink link = new AuditLink(seed, CanonicalForm.sha256(row), "0".repeat(64));
        var read = AuditDocument.parse(AuditDocument.bytes(row, link));
        assertThat(CanonicalForm.bytes(AuditDocument.row(read)))
                .isEqualTo(CanonicalForm.bytes(row));
        assertThat(AuditDocument.link(read)).isEqualTo(link);
    }

    @Test
    void theSpellingOfJsonDoesNotCount() {
        AuditRow one = row("{\"kind\":\"user\",\"id\":\"u\"}", "{\"a\":1.50,\"b\":100}");
        AuditRow two = row("{ \"id\": \"\\u0075\", \"kind\":\"user\" }", "{\"b\":1e2,\"a\":1.5}");
        assertThat(CanonicalForm.bytes(one)).isEqualTo(CanonicalForm.bytes(two));
        assertThat(CanonicalForm.sha256(row("{}", "{\"a\":1.51}")))
                .isNotEqualTo(CanonicalForm.sha256(row("{}", "{\"a\":1.5}")));
    }
}
