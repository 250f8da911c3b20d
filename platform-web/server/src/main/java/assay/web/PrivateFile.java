package assay.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that their owner alone may read. Stateless. */
public final class PrivateFile {
    private PrivateFile() {}

    /**
     * Writes the whole file or, on an error, nothing; it is never readable by others, not even for
     * a moment. Missing folders are made, for the owner alone as well.
     */
    public static void write(Path path, String text) throws IOException {
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException(path + ": is a root folder");
        }
        Files.createDirectories(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        // Temporary files are made with rw-------, and the move keeps that.
        Path part = Files.createTempFile(folder, ".new", null);
        try {
            Files.write(part, text.getBytes(StandardCharsets.UTF_8));
            Files.move(part, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
