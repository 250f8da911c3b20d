package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
    @TempDir private Path temporary;

    @Test
    void onlyItsOwnerMayEnter() throws IOException {
        var folder = new DataFolder(temporary.resolve("data"));
        folder.prepare();
        assertThat(permissions(folder.root())).isEqualTo("rwx------");
        assertThat(permissions(folder.secrets())).isEqualTo("rwx------");
    }

    @Test
    void privateFilesAreTheirOwnersAlone() throws IOException {
        Path file = temporary.resolve("secret");
        DataFolder.writePrivate(file, "one");
        DataFolder.writePrivate(file, "two");
        assertThat(permissions(file)).isEqualTo("rw-------");
        assertThat(file).hasContent("two");
    }

    @Test
    void aFileInItsPlaceIsSaidInOneLine() throws IOException {
        Path file = Files.writeString(temporary.resolve("data"), "");
        assertThatThrownBy(() -> new DataFolder(file).prepare())
                .isInstanceOf(StandaloneException.class)
                .hasMessageContaining("the data folder " + file + " can not be written")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void aReadOnlyDiskIsSaidInOneLine() {
        var folder = new DataFolder(Path.of("/proc/assay"));
        assertThatThrownBy(folder::prepare)
                .isInstanceOf(StandaloneException.class)
                .hasMessageContaining("the data folder /proc/assay can not be written");
    }

    @Test
    void aSecretIsMadeOnceAndKept() throws IOException {
        String first = new Secrets(temporary, new Random(1)).get("password");
        String again = new Secrets(temporary, new Random(2)).get("password");
        assertThat(first).hasSize(24).isEqualTo(again);
        assertThat(permissions(temporary.resolve("password"))).isEqualTo("rw-------");
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
