package assay.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealKeyTest {
    @TempDir Path folder;

    private static DaySeal seal(SealKey key, long records) {
        return key.sign(
                new DaySeal(
                        LocalDate.of(2026, 11, 22),
                        1,
                        records,
                        "ab".repeat(32),
                        "",
                        Instant.parse("2026-11-23T00:15:00.123456789Z"),
                        key.id(),
                        ""));
    }

    @Test
    void theSameKeyComesBackAndItsOwnerAloneReadsIt() throws IOException {
        SealKey key = SealKey.open(folder.resolve("secrets"));
        SealKey again = SealKey.open(folder.resolve("secrets"));
        assertThat(again.id()).isEqualTo(key.id()).hasSize(64);
        assertThat(SealKey.readPublic(SealKey.publicFile(folder.resolve("secrets"))))
                .isEqualTo(key.publicKey());
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(
                                        folder.resolve("secrets/audit-seal-key.pem"))))
                .isEqualTo("rw-------");
        assertThat(SealKey.verifies(seal(key, 3), again.publicKey())).isTrue();
    }

    @Test
    void aSignatureHoldsForItsStatementAlone() {
        SealKey key = SealKey.open(folder);
        DaySeal seal = seal(key, 3);
        assertThat(SealKey.verifies(seal(key, 4).signed(seal.signature()), key.publicKey()))
                .isFalse();
        assertThat(SealKey.verifies(seal.signed("00"), key.publicKey())).isFalse();
        SealKey other = SealKey.open(folder.resolve("other"));
        assertThat(SealKey.verifies(seal, other.publicKey())).isFalse();
    }

    @Test
    void aSecondPlaceKeepsASealOnceAndReadsItBack() throws IOException {
        SealKey key = SealKey.open(folder.resolve("key"));
        var files = new SealFiles(folder.resolve("seals"));
        var kept = new DaySeal.Kept(seal(key, 3), key.publicKey());
        files.keep(kept);
        files.keep(kept);
        assertThat(files.read()).containsExactly(kept);
        assertThatThrownBy(() -> files.keep(new DaySeal.Kept(seal(key, 4), key.publicKey())))
                .hasMessageContaining("another seal than the database's");
        assertThat(files.read()).containsExactly(kept);
        try (var names = Files.list(folder.resolve("seals"))) {
            assertThat(names).hasSize(1);
        }
    }

    @Test
    void settingsBelowTheLeastAreRefused() {
        assertThatThrownBy(() -> new DaySettings(Duration.ZERO, 1, 179, 7, Duration.ofMinutes(1)))
                .hasMessageContaining("179 days (expected: 180 or more)");
        assertThat(DaySettings.defaults())
                .isEqualTo(
                        new DaySettings(Duration.ofMinutes(15), 3, 180, 7, Duration.ofMinutes(1)));
        assertThat(SealerSettings.defaults(true))
                .isEqualTo(new SealerSettings(true, 1_000, Duration.ofMillis(200)));
    }
}
