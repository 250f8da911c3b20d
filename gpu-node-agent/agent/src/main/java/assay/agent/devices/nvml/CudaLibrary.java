package assay.agent.devices.nvml;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The libraries that stages on a card call, and what each is for. */
public enum CudaLibrary {
    /** Comes with the driver. */
    DRIVER(
            true,
            "the CUDA driver",
            "runs the kernels",
            "install NVIDIA's driver; a container must be started with its cards",
            "libcuda.so.1"),
    /** Comes with the CUDA toolkit or a wheel. */
    NVRTC(
            true,
            "NVRTC",
            "compiles the kernels when a stage is loaded",
            "install cuda-nvrtc of the CUDA toolkit (Debian's package: libnvrtc12)",
            "libnvrtc.so.13",
            "libnvrtc.so.12",
            "libnvrtc.so.11.2"),
    /** Comes with the CUDA toolkit or a wheel. */
    CUBLAS_LT(
            false,
            "cuBLASLt",
            "multiplies the matrices of long prompts, which take longer without",
            "install libcublas of the CUDA toolkit (Debian's package: libcublaslt12)",
            "libcublasLt.so.13",
            "libcublasLt.so.12",
            "libcublasLt.so.11");

    /** Folders, separated as in PATH, where the engine looks first. */
    public static final String FOLDERS_VARIABLE = "ASSAY_CUDA_LIBRARIES";

    private static final List<String> USUAL =
            List.of(
                    "/usr/local/cuda/lib64",
                    "/usr/local/nvidia/lib64",
                    "/usr/lib/x86_64-linux-gnu",
                    "/usr/lib/aarch64-linux-gnu",
                    "/usr/lib/wsl/lib",
                    "/usr/lib64",
                    "/opt/cuda/lib64");

    private final boolean needed;
    private final String title;
    private final String purpose;
    private final String advice;
    private final String names;

    CudaLibrary(boolean needed, String title, String purpose, String advice, String... names) {
        this.needed = needed;
        this.title = title;
        this.purpose = purpose;
        this.advice = advice;
        this.names = String.join(" or ", names);
    }

    /** Loads it, as the engine will: the first of its names that the system or a folder has. */
    public Optional<String> find() {
        return find(System.getenv());
    }

    Optional<String> find(Map<String, String> environment) {
        List<Path> folders = folders(environment);
        return Arrays.stream(names.split(" or ", -1))
                .flatMap(name -> find(name, folders).stream())
                .findFirst();
    }

    private static Optional<String> find(String name, List<Path> folders) {
        Optional<Path> file =
                folders.stream()
                        .map(folder -> folder.resolve(name))
                        .filter(Files::isRegularFile)
                        .filter(CudaLibrary::loads)
                        .findFirst();
        return file.map(Path::toString)
                .or(() -> loads(name) ? Optional.of(name) : Optional.empty());
    }

    /** What to say when it is not found. */
    public String explanation() {
        return "%s (%s): not found; it %s: %s, or name its folder in %s"
                .formatted(title, names, purpose, advice, FOLDERS_VARIABLE);
    }

    /** Whether no stage runs on a card without it. */
    public boolean isNeeded() {
        return needed;
    }

    /** What people call it. */
    public String title() {
        return title;
    }

    /** What was loaded stays: the engine will use it, and drivers do not bear being unloaded. */
    @SuppressWarnings("restricted")
    private static boolean loads(Path file) {
        try {
            SymbolLookup.libraryLookup(file, Arena.global());
            return true;
        } catch (IllegalArgumentException e) {
            return false; // of another architecture, or without what it needs itself
        }
    }

    @SuppressWarnings("restricted")
    private static boolean loads(String name) {
        try {
            SymbolLookup.libraryLookup(name, Arena.global());
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static List<Path> folders(Map<String, String> environment) {
        List<Path> folders = new ArrayList<>();
        for (Path named : paths(environment, FOLDERS_VARIABLE)) {
            folders.add(named);
            // The wheels of a Python environment's site-packages keep them here.
            for (String wheel : List.of("cu13", "cuda_nvrtc", "cublas")) {
                folders.add(named.resolve("nvidia").resolve(wheel).resolve("lib"));
            }
        }
        folders.addAll(paths(environment, "LD_LIBRARY_PATH"));
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            paths(environment, variable).forEach(kit -> folders.add(kit.resolve("lib64")));
        }
        USUAL.forEach(folder -> folders.add(Path.of(folder)));
        folders.addAll(toolkits());
        return folders;
    }

    private static List<Path> paths(Map<String, String> environment, String variable) {
        return Arrays.stream(environment.getOrDefault(variable, "").split(File.pathSeparator, -1))
                .filter(part -> !part.isBlank())
                .map(Path::of)
                .toList();
    }

    /** Toolkits beside each other, the newest first. */
    private static List<Path> toolkits() {
        try (Stream<Path> entries = Files.list(Path.of("/usr/local"))) {
            return entries.filter(entry -> entry.toString().startsWith("/usr/local/cuda-"))
                    .sorted(Comparator.reverseOrder())
                    .map(kit -> kit.resolve("lib64"))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }
}
