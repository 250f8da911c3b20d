package assay.agent.config;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The agent's folder, held by a file lock so that only one process works in it. Confined to the
 * main thread.
 */
public final class DataFolder implements AutoCloseable {
    private final Path root;
    private final FileChannel lockFile;

    private DataFolder(Path root, FileChannel lockFile) {
        this.root = root;
        this.lockFile = lockFile;
    }

    /**
     * Makes the folder where it is missing, proves that it can be written, and locks it.
     *
     * @throws StartException one line: in use, read-only, full
     */
    public static DataFolder open(Path root) {
        FileChannel channel = null;
        try {
            Files.createDirectories(root.resolve("identity"));
            Files.createDirectories(root.resolve("models"));
            channel =
                    FileChannel.open(
                            root.resolve("agent.lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            @Nullable FileLock lock = channel.tryLock();
            if (lock == null) {
                throw inUse(root);
            }
            proveWritable(root);
            DataFolder folder = new DataFolder(root, channel);
            channel = null;
            return folder;
        } catch (OverlappingFileLockException e) {
            throw inUse(root);
        } catch (IOException e) {
            throw unusable(root, e);
        } finally {
            closeQuietly(channel);
        }
    }

    /** Certificate and key. */
    public Path identity() {
        return root.resolve("identity");
    }

    /** Content-addressed model files. */
    public Path models() {
        return root.resolve("models");
    }

    @Override
    public void close() {
        closeQuietly(lockFile);
    }

    /** The one line for a folder that can not be used. */
    public static StartException unusable(Path root, IOException cause) {
        String why =
                cause instanceof FileSystemException e && e.getReason() != null
                        ? String.valueOf(e.getReason())
                        : cause.getClass().getSimpleName() + " " + cause.getMessage();
        return new StartException(
                StartException.FAILED, "data folder " + root + " can not be written: " + why);
    }

    private static void proveWritable(Path root) throws IOException {
        Path proof = root.resolve(".write-test");
        Files.write(proof, new byte[4_096]);
        Files.delete(proof);
    }

    private static StartException inUse(Path root) {
        return new StartException(
                StartException.DATA_IN_USE,
                "data folder "
                        + root
                        + " is in use by another agent (expected: one folder for each)");
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // Nothing was written through it: there is nothing to lose.
            }
        }
    }
}
