package assay.engine.kernel.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibrarySearchTest {
    @TempDir Path root;

    private Path file(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "no library");
    }

    private LibrarySearch search(Map<String, String> environment) {
        return LibrarySearch.of(environment, root);
    }

    @Test
    void foldersOfTheOperatorComeBeforeAllOthers() throws IOException {
        file("usr/local/cuda/lib64/libx.so.13");
        file("path/libx.so.13");
        Path named = file("mine/libx.so.13");
        var environment =
                Map.of(
                        LibrarySearch.VARIABLE,
                        root.resolve("mine").toString(),
                        "LD_LIBRARY_PATH",
                        root.resolve("path").toString());
        assertThat(search(environment).file(List.of("libx.so.13"))).contains(named);
    }

    @Test
    void aNamedFolderMayBeThePackagesOfPython() throws IOException {
        Path wheel = file("site-packages/nvidia/cu13/lib/libnvrtc.so.13");
        var environment = Map.of(LibrarySearch.VARIABLE, root.resolve("site-packages").toString());
        assertThat(search(environment).file(List.of("libnvrtc.so.13"))).contains(wheel);
    }

    @Test
    void theNewerReleaseWinsWhereverItStands() throws IOException {
        file("usr/local/cuda/lib64/libx.so.12");
        Path newer = file("usr/lib64/libx.so.13");
        assertThat(search(Map.of()).file(List.of("libx.so.13", "libx.so.12"))).contains(newer);
    }

    @Test
    void theNewestOfSeveralToolkitsIsTaken() throws IOException {
        file("usr/local/cuda-12.9/lib64/libx.so");
        Path newest = file("usr/local/cuda-13.0/lib64/libx.so");
        assertThat(search(Map.of()).file(List.of("libx.so"))).contains(newest);
        Path home = file("kit/lib64/libx.so");
        var environment = Map.of("CUDA_HOME", root.resolve("kit").toString());
        assertThat(search(environment).file(List.of("libx.so"))).contains(home);
    }

    @Test
    void whatIsMissingOrDamagedIsNamedWithTheFoldersThatWereSearched() throws IOException {
        file("usr/lib64/libassay-none.so.1"); // no ELF file
        assertThatThrownBy(() -> search(Map.of()).load(List.of("libassay-none.so.1")))
                .isInstanceOfSatisfying(
                        EngineException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.BACKEND_UNAVAILABLE))
                .hasMessageContaining("libassay-none.so.1")
                .hasMessageContaining(root.resolve("usr/lib64").toString())
                .hasMessageContaining(LibrarySearch.VARIABLE);
    }
}
