package assay.web.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.audit.AuditRow;
import assay.web.ErrorCode;
import assay.web.WebException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditSpoolTest {
    private static final long ROOM = 1 << 20;

    @TempDir private Path folder;

    private static AuditRow row(int number) {
        return new AuditRow(
                new UUID(0, number),
                Instant.parse("2026-03-01T10:00:00.123456Z"),
                new UUID(1, 1),
                "{\"kind\":\"api_key\"}",
                number % 2 == 0 ? null : "127.0.0.1",
                "a \"client\"\nwith two lines",
                "inference.generate",
                "{}",
                "{}",
                "{}",
                12_345,
                "{}",
                "{\"prompt_tokens\":3}");
    }

    private static List<AuditRow> drained(AuditSpool spool) throws IOException {
        var rows = new ArrayList<AuditRow>();
        spool.drain(rows::addAll);
        return rows;
    }

    @Test
    void givesBackWhatItWasGivenInOrderAndOnce() throws IOException {
        var spool = new AuditSpool(folder, ROOM);
        for (int number = 0; number < 450; number++) {
            spool.add(row(number));
        }
        assertThat(spool.size()).isEqualTo(450);
        assertThat(drained(spool)).hasSize(450).first().isEqualTo(row(0));
        assertThat(spool.size()).isZero();
        assertThat(drained(spool)).isEmpty();
    }

    @Test
    void keepsEverythingWhenTheDatabaseGoesInTheMiddle() throws IOException {
        var spool = new AuditSpool(folder, ROOM);
        for (int number = 0; number < 450; number++) {
            spool.add(row(number));
        }
        var taken = new ArrayList<AuditRow>();
        assertThatThrownBy(() ->
                        spool.drain(batch -> {
                            if (!taken.isEmpty()) {
                                throw new IllegalStateException("gone again");
                            }
                            taken.addAll(batch);
                        }))
                .hasMessage("gone again");
        spool.add(row(450));
        // As after a kill: another process finds the same folder.
        var later = new AuditSpool(folder, ROOM);
        assertThat(later.size()).isEqualTo(451);
        assertThat(drained(later)).hasSize(451).contains(row(0), row(449), row(450));
    }

    @Test
    void losesOnlyTheLineThatWasNeverWhole() throws IOException {
        new AuditSpool(folder, ROOM).add(row(1));
        Files.writeString(
                folder.resolve("waiting.jsonl"), "{\"id\":\"0000", StandardOpenOption.APPEND);
        var later = new AuditSpool(folder, ROOM);
        later.add(row(2));
        assertThat(drained(later)).containsExactly(row(1), row(2));
    }

    @Test
    void refusesWhatItHasNoRoomFor() throws IOException {
        var spool = new AuditSpool(folder, 500);
        spool.add(row(1));
        assertThatThrownBy(() -> spool.add(row(2)))
                .isInstanceOfSatisfying(
                        WebException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.AUDIT_SPOOL_FULL));
        assertThat(drained(spool)).containsExactly(row(1));
    }

    @Test
    void isReadByItsOwnerAlone() throws IOException {
        Path inside = folder.resolve("spool");
        new AuditSpool(inside, ROOM).add(row(1));
        assertThat(Files.getPosixFilePermissions(inside))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }
}
