package assay.web.trail;

import static org.assertj.core.api.Assertions.assertThat;

import assay.audit.AuditLink;
import assay.audit.AuditRow;
import assay.audit.search.AuditFound;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordCsvTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "=1+1",
                "+1",
                "-1",
                "@SUM(A1)",
                "\tx",
                "|cmd",
                "%x",
                "＝1",
                "=HYPERLINK(\"x\")"
            })
    void whatASpreadsheetWouldWorkOutIsDisarmed(String text) {
        assertThat(RecordCsv.cell(text).replace("\"", "")).startsWith("'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"plain | plain", "a,b | \"a,b\"", "a\"b | \"a\"\"b\"", "a=b | a=b"})
    void aCellIsQuotedWhereItMustBe(String text, String cell) {
        assertThat(RecordCsv.cell(text)).isEqualTo(cell);
    }

    @Test
    void aLineHasACellForEachColumn() {
        var row =
                new AuditRow(
                        UUID.randomUUID(),
                        Instant.parse("2026-03-10T12:00:00.123456Z"),
                        UUID.randomUUID(),
                        "{\"kind\":\"user\",\"id\":\"1\",\"name\":\"=cmd|' /C calc'!A0\"}",
                        "10.0.0.1",
                        null,
                        "tenant.create",
                        "{\"type\":\"tenant\",\"id\":\"t\"}",
                        "{\"method\":\"POST\",\"path\":\"/x\"}",
                        "{\"result\":\"success\",\"status\":200}",
                        5,
                        "{\"request\":\"r\"}",
                        "{}");
        String line =
                RecordCsv.line(
                        new AuditFound(row, new AuditLink(7, "a".repeat(64), "b".repeat(64))));
        assertThat(line).endsWith("\r\n").contains(",'=cmd|' /C calc'!A0,").contains(",7,");
        assertThat(line.split(",", -1)).hasSameSizeAs(RecordCsv.head().split(",", -1));
    }
}
