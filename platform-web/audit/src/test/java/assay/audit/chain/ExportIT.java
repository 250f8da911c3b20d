package assay.audit.chain;

import static assay.audit.chain.ChainFixture.DAY;
import static assay.audit.chain.ChainFixture.ONE;
import static assay.audit.chain.ChainFixture.TWO;
import static org.assertj.core.api.Assertions.assertThat;

import assay.audit.AuditRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Exports leave the house and are verified there, by the file alone. */
class ExportIT {
    @RegisterExtension static final ChainFixture fixture = new ChainFixture();
    @TempDir Path folder;
    private SealKey key;
    private List<AuditRow> rows;

    /** Three tenants on a day that is sealed, one of them on the next, which is not. */
    @BeforeEach
    void write() throws SQLException {
        key = ChainFixture.key(folder.resolve("key"));
        fixture.write(AuditRow.PLATFORM, DAY, 5);
        rows = fixture.write(ONE, DAY, 30);
        fixture.write(TWO, DAY, 9);
        fixture.sealAll();
        fixture.at(DAY.plusDays(1), 12);
        fixture.daySealer(key).sealDue();
        fixture.write(ONE, DAY.plusDays(1), 4);
        fixture.sealAll();
    }

    private Path export(Instant from, Instant to) throws IOException, SQLException {
        Path file = folder.resolve("export.zip");
        try (var out = Files.newOutputStream(file)) {
            new AuditExport(fixture.audit(), List.of(key.publicKey()))
                    .write(new AuditExport.Range(ONE, from, to), out);
        }
        return file;
    }

    private Path day() throws IOException, SQLException {
        return export(Sql.start(DAY), Sql.start(DAY.plusDays(1)));
    }

    private static Path changed(Path file, String entry, UnaryOperator<String> change)
            throws IOException {
        Path copy = Files.createTempFile(file.getParent(), "changed", ".zip");
        try (var zip = new ZipFile(file.toFile());
                var out = new ZipOutputStream(Files.newOutputStream(copy))) {
            for (ZipEntry one : Collections.list(zip.entries())) {
                byte[] bytes = zip.getInputStream(one).readAllBytes();
                if (one.getName().equals(entry)) {
                    String text = new String(bytes, StandardCharsets.UTF_8);
                    String other = change.apply(text);
                    assertThat(other).isNotEqualTo(text);
                    bytes = other.getBytes(StandardCharsets.UTF_8);
                }
                out.putNextEntry(new ZipEntry(one.getName()));
                out.write(bytes);
                out.closeEntry();
            }
        }
        return copy;
    }

    private ExportCheck.Result check(Path file) throws IOException {
        return new ExportCheck(List.of(key.publicKey())).check(file);
    }

    private static String line(String text, int line) {
        return text.lines().toList().get(line) + "\n";
    }

    @Test
    void aDayProvesItself() throws IOException, SQLException {
        ExportCheck.Result result = check(day());
        assertThat(result.firstBreak()).isEmpty();
        assertThat(result.records()).isEqualTo(30);
        assertThat(result.sealed()).isEqualTo(30);
        assertThat(result.keyIds()).containsExactly(key.id());
        assertThat(new ExportCheck(List.of()).check(day()).firstBreak()).isEmpty();
        assertThat(new ExportCheck(List.of()).check(day()).keysTrusted()).isFalse();
    }

    @Test
    void aPartOfADayAndADayWithoutASealAreSaidForWhatTheyAre() throws IOException, SQLException {
        Instant tenth = rows.get(10).at();
        ExportCheck.Result result = check(export(tenth, tenth.plus(Duration.ofDays(2))));
        assertThat(result.firstBreak()).isEmpty();
        assertThat(result.records()).isEqualTo(24);
        assertThat(result.sealed()).isEqualTo(20);
        result = check(export(tenth, rows.get(12).at()));
        assertThat(result.firstBreak()).isEmpty();
        assertThat(result.records()).isEqualTo(2);
    }

    @Test
    void aRecordThatIsChangedOrMissingOrPutInIsNamed() throws IOException, SQLException {
        Path file = day();
        assertThat(
                        check(
                                        changed(
                                                file,
                                                "records.ndjson",
                                                text -> text.replace("\"n\":6}", "\"n\":7}")))
                                .firstBreak()
                                .orElseThrow())
                .contains("sequence 7, record " + rows.get(6).id())
                .contains("not the one that was hashed");
        assertThat(
                        check(
                                        changed(
                                                file,
                                                "records.ndjson",
                                                text -> text.replace(line(text, 6), "")))
                                .firstBreak()
                                .orElseThrow())
                .contains("sequence 7, record " + rows.get(6).id())
                .contains("the record is missing");
        assertThat(
                        check(changed(file, "records.ndjson", text -> text + line(text, 6)))
                                .firstBreak()
                                .orElseThrow())
                .contains("there is more in the file");
    }

    @Test
    void aLinkThatIsTakenOutWithItsRecordLeadsToAnotherRoot() throws IOException, SQLException {
        UnaryOperator<String> without = text -> text.replace(line(text, 29), "");
        Path file = changed(changed(day(), "records.ndjson", without), "links.ndjson", without);
        assertThat(check(file).firstBreak().orElseThrow()).contains("links are missing");
        Path fewer =
                changed(file, "proof.json", text -> text.replace("\"to\" : 35", "\"to\" : 34"));
        assertThat(check(fewer).firstBreak()).isPresent();
    }

    @Test
    void aSealOfAnotherKeyIsRefused() throws IOException, SQLException {
        SealKey other = ChainFixture.key(folder.resolve("other"));
        assertThat(
                        new ExportCheck(List.of(other.publicKey()))
                                .check(day())
                                .firstBreak()
                                .orElseThrow())
                .contains("not signed by a key that is trusted");
        assertThat(
                        check(
                                        changed(
                                                day(),
                                                "proof.json",
                                                text ->
                                                        text.replace(
                                                                "\"records\" : 44",
                                                                "\"records\" : 45")))
                                .firstBreak())
                .isPresent();
    }
}
