package assay.engine.kernel.cuda.driver;

import assay.engine.EngineException;
import assay.engine.ErrorCode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where NVIDIA's libraries are looked for: the folders that the operator names, then those of the
 * environment, then where toolkits and drivers are usually installed, last wherever the system's
 * loader looks. A named folder may also be a Python environment's {@code site-packages}, whose
 * wheels keep the libraries in folders of their own. Immutable.
 *
 * @param folders in order
 */
public record LibrarySearch(List<Path> folders) {
    /** Folders, separated as in PATH, that come before all others. */
    public static final String VARIABLE = "ASSAY_CUDA_LIBRARIES";

    private static final List<String> TOOLKIT_VARIABLES = List.of("CUDA_HOME", "CUDA_PATH");
    private static final List<String> IN_TOOLKIT =
            List.of("lib64", "lib", "targets/x86_64-linux/lib");
    private static final List<String> IN_WHEELS =
            List.of(
                    "nvidia/cu13/lib",
                    "nvidia/cuda_nvrtc/lib",
                    "nvidia/cublas/lib",
                    "nvidia/cuda_runtime/lib");
    private static final List<String> USUAL =
            List.of(
                    "usr/local/cuda/lib64",
                    "usr/local/nvidia/lib64",
                    "usr/lib/x86_64-linux-gnu",
                    "usr/lib/aarch64-linux-gnu",
                    "usr/lib/wsl/lib",
                    "usr/lib64",
                    "opt/cuda/lib64");

    public LibrarySearch {
        folders = List.copyOf(folders);
    }

    /** As this machine and its environment say. */
    public static LibrarySearch ofMachine() {
        return of(System.getenv(), Path.of("/"));
    }

    /**
     * @param environment of the process
     * @param root "/" but in tests
     */
    static LibrarySearch of(Map<String, String> environment, Path root) {
        SequencedSet<Path> found = new LinkedHashSet<>();
        for (Path named : paths(environment.get(VARIABLE))) {
            found.add(named);
            IN_WHEELS.forEach(inner -> found.add(named.resolve(inner)));
        }
        found.addAll(paths(environment.get("LD_LIBRARY_PATH")));
        for (String variable : TOOLKIT_VARIABLES) {
            for (Path toolkit : paths(environment.get(variable))) {
                IN_TOOLKIT.forEach(inner -> found.add(toolkit.resolve(inner)));
            }
        }
        USUAL.forEach(folder -> found.add(root.resolve(folder)));
        toolkits(root.resolve("usr/local")).forEach(kit -> found.add(kit.resolve("lib64")));
        return new LibrarySearch(found.stream().filter(Files::isDirectory).toList());
    }

    private static List<Path> paths(@Nullable String list) {
        List<Path> paths = new ArrayList<>();
        if (list != null) {
            for (String part : list.split(java.io.File.pathSeparator, -1)) {
                if (!part.isBlank()) {
                    paths.add(Path.of(part.strip()));
                }
            }
        }
        return paths;
    }

    /** Toolkits beside each other, the newest first. */
    private static List<Path> toolkits(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> all =
                    new ArrayList<>(
                            entries.filter(e -> e.getFileName().toString().startsWith("cuda-"))
                                    .sorted()
                                    .toList());
            Collections.reverse(all);
            return all;
        } catch (IOException e) {
            return List.of();
        }
    }

    /**
     * The first file of one of the names; a name goes before a folder, so that the newest release
     * wins wherever it stands.
     */
    Optional<Path> file(List<String> names) {
        return names.stream()
                .flatMap(name -> folders.stream().map(folder -> folder.resolve(name)))
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /**
     * Loads a library for the rest of the process.
     *
     * @param names of its releases, the newest first
     * @throws EngineException BACKEND_UNAVAILABLE says where it was looked for
     */
    NativeLibrary load(List<String> names) {
        for (String name : names) {
            Optional<NativeLibrary> loaded = file(List.of(name)).flatMap(LibrarySearch::open);
            if (loaded.isEmpty()) {
                loaded = open(name);
            }
            if (loaded.isPresent()) {
                return loaded.get();
            }
        }
        throw new EngineException(
                ErrorCode.BACKEND_UNAVAILABLE,
                "library %s: not found (expected: in one of %s, or in a folder that %s names)"
                        .formatted(String.join(" or ", names), folders, VARIABLE));
    }

    @SuppressWarnings("restricted")
    private static Optional<NativeLibrary> open(Path file) {
        try {
            return Optional.of(
                    new NativeLibrary(
                            file.toString(), SymbolLookup.libraryLookup(file, Arena.global())));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // of another architecture, or damaged: the next may do
        }
    }

    @SuppressWarnings("restricted")
    private static Optional<NativeLibrary> open(String name) {
        try {
            return Optional.of(
                    new NativeLibrary(name, SymbolLookup.libraryLookup(name, Arena.global())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
