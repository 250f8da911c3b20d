package assay.agent.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.agent.fake.FakeModelFiles;
import assay.agent.fault.AgentException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileCacheTest {
    private static final int CHUNK = 1_000;

    @TempDir Path folder;
    private final byte[] content = new byte[10_500];
    private final WantedFile file;
    private final List<Long> asked = new ArrayList<>();

    FileCacheTest() {
        new Random(42).nextBytes(content);
        file = new WantedFile("m/w.bin", FakeModelFiles.sha256(content), content.length);
    }

    /** Sends what it has, and goes away once after some chunks where told to. */
    private final class Store implements FileSource {
        private final byte[] bytes;
        private int chunksUntilAway;

        Store(byte[] bytes, int chunksUntilAway) {
            this.bytes = bytes;
            this.chunksUntilAway = chunksUntilAway;
        }

        @Override
        public void read(String sha256, long offset, Sink sink) throws IOException {
            asked.add(offset);
            for (int at = (int) offset; at < bytes.length; at += CHUNK) {
                if (chunksUntilAway-- == 0) {
                    throw new SourceAwayException("cut");
                }
                sink.write(ByteBuffer.wrap(bytes, at, Math.min(CHUNK, bytes.length - at)));
            }
        }
    }

    @Test
    void aCutTransferIsTakenUpWhereItEnded() throws Exception {
        List<Long> progress = new ArrayList<>();
        Path here = cache(new Store(content, 3)).obtain(file, progress::add);
        assertThat(Files.readAllBytes(here)).isEqualTo(content);
        assertThat(asked).containsExactly(0L, 3L * CHUNK);
        assertThat(progress).isSorted().endsWith((long) content.length);
    }

    @Test
    void aVerifiedFileIsNotFetchedAgain() throws Exception {
        cache(new Store(content, -1)).obtain(file, b -> {});
        cache(new Store(content, -1)).obtain(file, b -> {});
        assertThat(asked).containsExactly(0L);
    }

    @Test
    void aFileThatChangedOnDiskIsSetAsideAndFetchedAgain() throws Exception {
        Path here = cache(new Store(content, -1)).obtain(file, b -> {});
        Files.write(here, new byte[content.length]);
        here = cache(new Store(content, -1)).obtain(file, b -> {});
        assertThat(Files.readAllBytes(here)).isEqualTo(content);
        assertThat(folder.resolve("quarantine").resolve(file.sha256())).exists();
    }

    @Test
    void wrongBytesAreNeverHandedOut() {
        byte[] wrong = content.clone();
        wrong[9_000] ^= 1;
        for (byte[] bytes : List.of(wrong, new byte[content.length + 1], new byte[3])) {
            assertThatThrownBy(() -> cache(new Store(bytes, -1)).obtain(file, b -> {}))
                    .isInstanceOf(AgentException.class)
                    .extracting("code")
                    .hasToString("MODEL_FILE_MISMATCH");
        }
        assertThat(folder.resolve("sha256").resolve(file.sha256())).doesNotExist();
    }

    @Test
    void aBadPartFromBeforeDoesNotSpoilTheNextAttempt() throws Exception {
        Path part = folder.resolve("partial").resolve(file.sha256());
        Files.createDirectories(part.getParent());
        Files.write(part, new byte[2_000]);
        Path here = cache(new Store(content, -1)).obtain(file, b -> {});
        assertThat(Files.readAllBytes(here)).isEqualTo(content);
        assertThat(asked).containsExactly(2_000L, 0L);
    }

    @Test
    void theVersionFolderHasTheOriginalNames() throws Exception {
        Path here = cache(new Store(content, -1)).obtain(file, b -> {});
        Path version = VersionFolder.link(folder, List.of(file), Map.of(file, here));
        assertThat(version.resolve("m/w.bin")).hasSameBinaryContentAs(here);
        assertThat(VersionFolder.link(folder, List.of(file), Map.of(file, here)))
                .isEqualTo(version);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "/etc/passwd", "a/../../x", "", "a/./b"})
    void namesThatLeaveTheFolderAreRefused(String name) {
        assertThatThrownBy(() -> new WantedFile(name, file.sha256(), 1))
                .isInstanceOf(AgentException.class);
    }

    private FileCache cache(FileSource source) {
        return new FileCache(folder, source, () -> {});
    }
}
