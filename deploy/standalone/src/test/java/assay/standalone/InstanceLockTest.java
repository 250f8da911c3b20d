package assay.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstanceLockTest {
    @TempDir private Path temporary;

    @Test
    void theHolderIsKnownUntilItLetsGo() throws IOException {
        var folder = new DataFolder(temporary.resolve("data"));
        folder.prepare();
        assertThat(InstanceLock.isHeld(folder)).isFalse();
        try (var _ = InstanceLock.take(folder)) {
            assertThat(InstanceLock.holder(folder)).contains(ProcessHandle.current());
        }
        assertThat(InstanceLock.isHeld(folder)).isFalse();
        assertThat(InstanceLock.holder(folder)).isEmpty();
    }
}
