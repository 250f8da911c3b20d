package assay.standalone;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * One launcher for one data folder. The kernel holds the lock, so that it goes with the process
 * however that ends.
 */
final class InstanceLock implements AutoCloseable {
    private final FileChannel channel;
    private final Path pidFile;

    private InstanceLock(FileChannel channel, Path pidFile) {
        this.channel = channel;
        this.pidFile = pidFile;
    }

    /**
     * Takes the lock.
     *
     * @throws StandaloneException with {@code ALREADY_RUNNING}
     */
    static InstanceLock take(DataFolder folder) throws IOException {
        FileChannel channel =
                FileChannel.open(
                        folder.lockFile(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            throw new StandaloneException(
                    ErrorCode.ALREADY_RUNNING,
                    "Assay already runs on "
                            + folder.root()
                            + holder(folder).map(p -> " (process " + p.pid() + ")").orElse("")
                            + "; stop it with ./assay down --data "
                            + folder.root()
                            + ", or choose another folder with --data");
        }
        DataFolder.writePrivate(folder.pidFile(), ProcessHandle.current().pid() + "\n");
        return new InstanceLock(channel, folder.pidFile());
    }

    /** Whether a launcher serves the folder now. */
    static boolean isHeld(DataFolder folder) throws IOException {
        if (!Files.exists(folder.lockFile())) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(folder.lockFile(), StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock == null;
        }
    }

    /** The launcher that wrote the process id beside the lock, while it lives. */
    static Optional<ProcessHandle> holder(DataFolder folder) {
        try {
            long pid = Long.parseLong(Files.readString(folder.pidFile()).strip());
            return ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        } catch (IOException | NumberFormatException _) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(pidFile);
        channel.close();
    }
}
