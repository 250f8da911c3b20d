package assay.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
    @TempDir Path folder;

    @Test
    void aSecondAgentOnTheSameFolderIsRefused() {
        try (DataFolder first = DataFolder.open(folder)) {
            assertThat(first.models()).isDirectory();
            assertThatThrownBy(() -> DataFolder.open(folder))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("in use")
                    .extracting("exitStatus")
                    .isEqualTo(3);
        }
        DataFolder.open(folder).close();
    }

    @Test
    void aFolderThatCanNotBeMadeIsSaidInOneLine() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> DataFolder.open(file.resolve("data")))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("can not be written")
                .extracting("exitStatus")
                .isEqualTo(1);
    }
}
