package assay.web.trail;

import assay.web.WebSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Where this gateway keeps its exports: a folder that the owner of the process alone can read, and
 * in it a file for each, and a name by which the gateway knows its own again. Thread-safe.
 */
@Component
class ExportFolder {
    private static final String NAME = "gateway";

    private final Path folder;

    @Autowired
    ExportFolder(WebSettings settings) {
        this(settings.identityDir().resolveSibling("audit-exports"));
    }

    ExportFolder(Path folder) {
        this.folder = folder;
    }

    /** The same over restarts, and no other gateway's. */
    synchronized String gateway() {
        try {
            make();
            Path name = folder.resolve(NAME);
            if (!Files.exists(name)) {
                Path part = folder.resolve(NAME + ".part");
                Files.writeString(part, UUID.randomUUID().toString());
                Files.move(part, name, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
            }
            return Files.readString(name).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of audit exports: " + folder, e);
        }
    }

    private void make() throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Files.createDirectories(folder);
        if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(
                    folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
        }
    }

    Path file(UUID export) {
        return folder.resolve(export + ".export");
    }

    /** Removes the files of all exports but these. */
    void keepOnly(Set<UUID> exports) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.toList();
        }
        for (Path each : files) {
            Optional<UUID> id = id(each);
            if (id.isPresent() && !exports.contains(id.get())) {
                Files.deleteIfExists(each);
            }
        }
    }

    private static Optional<UUID> id(Path file) {
        String name = String.valueOf(file.getFileName());
        if (!name.endsWith(".export")) {
            return Optional.empty();
        }
        try {
            return Optional.of(UUID.fromString(name.substring(0, name.length() - 7)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
