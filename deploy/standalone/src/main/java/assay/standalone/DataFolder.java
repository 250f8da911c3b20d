package assay.standalone;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * Where everything of one installation lies: its database, certificates, model files, secrets and
 * logs. Immutable; the folders are readable by their owner alone.
 *
 * @param root absolute
 */
record DataFolder(Path root) {
    private static final long MIB = 1024L * 1024;

    /**
     * A first start unpacks PostgreSQL (60 MiB), makes a cluster (60 MiB), fetches Elasticsearch
     * (45 MiB) and copies the model.
     */
    static final long FIRST_START_BYTES = 450 * MIB;

    /** A later start needs room for write-ahead log and logs. */
    static final long LATER_START_BYTES = 64 * MIB;

    Path run() {
        return root.resolve("run");
    }

    Path logs() {
        return root.resolve("logs");
    }

    Path secrets() {
        return root.resolve("secrets");
    }

    Path pki() {
        return root.resolve("pki");
    }

    /** Of a scheduler beside the first: it has an identity of its own. */
    Path pki(String scheduler) {
        return root.resolve("schedulers").resolve(scheduler).resolve("pki");
    }

    Path store() {
        return root.resolve("store");
    }

    Path cache() {
        return root.resolve("cache");
    }

    Path web() {
        return root.resolve("web");
    }

    Path postgres() {
        return root.resolve("postgres");
    }

    /** The embedded server, or what a cluster of one's own is talked to with. */
    Path elasticsearch() {
        return root.resolve("elasticsearch");
    }

    /** The second place of the signed audit days: not where the gateway's key is. */
    Path auditSeals() {
        return root.resolve("audit-seals");
    }

    Path agent(String name) {
        return root.resolve("agents").resolve(name);
    }

    Path log(String name) {
        return logs().resolve(name + ".log");
    }

    /** The same lines for machines: ECS JSON. */
    Path machineLog(String name) {
        return logs().resolve(name + ".ecs.json");
    }

    Path adminPasswordFile() {
        return root.resolve("admin-password");
    }

    Path apiKeyFile() {
        return secrets().resolve("api-key");
    }

    Path connectFile() {
        return root.resolve("connect.json");
    }

    Path lockFile() {
        return run().resolve("launcher.lock");
    }

    Path pidFile() {
        return run().resolve("launcher.pid");
    }

    Path stateFile() {
        return run().resolve("launcher.state");
    }

    /**
     * Makes the folders and finds out whether the disk can be written and has room.
     *
     * @throws StandaloneException with {@code DISK}
     */
    void prepare() {
        boolean first = !Files.exists(postgres());
        try {
            for (Path folder :
                    List.of(
                            root,
                            run(),
                            logs(),
                            secrets(),
                            pki(),
                            store(),
                            cache(),
                            web(),
                            postgres(),
                            elasticsearch(),
                            root.resolve("agents"))) {
                makePrivate(folder);
            }
            Path probe = run().resolve("disk-probe");
            Files.write(probe, new byte[4096]);
            Files.delete(probe);
        } catch (IOException e) {
            throw new StandaloneException(
                    ErrorCode.DISK,
                    "the data folder " + root + " can not be written: " + reason(e),
                    e);
        }
        checkRoom(first ? FIRST_START_BYTES : LATER_START_BYTES);
    }

    private void checkRoom(long neededBytes) {
        try {
            FileStore disk = Files.getFileStore(root);
            long freeBytes = disk.getUsableSpace();
            if (freeBytes < neededBytes) {
                throw new StandaloneException(
                        ErrorCode.DISK,
                        "the disk of "
                                + root
                                + " has "
                                + freeBytes / MIB
                                + " MiB left (expected: "
                                + neededBytes / MIB
                                + " MiB or more; --data chooses another place)");
            }
        } catch (IOException e) {
            throw new StandaloneException(
                    ErrorCode.DISK, "the disk of " + root + " does not answer: " + reason(e), e);
        }
    }

    /** Makes a folder, and those above it, that only its owner may enter. */
    static void makePrivate(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
    }

    /** Writes a small file in one step, readable by its owner alone from its first byte on. */
    static void writePrivate(Path file, String text) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.deleteIfExists(part);
        Files.createFile(
                part,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(part, text, StandardCharsets.UTF_8);
        Files.move(
                part,
                file,
                java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /** What went wrong in words; Java's file exceptions often carry only the file's name. */
    static String reason(IOException e) {
        return switch (e) {
            case java.nio.file.AccessDeniedException _ -> "permission denied";
            case java.nio.file.FileAlreadyExistsException f -> f.getFile() + " is not a folder";
            case java.nio.file.NoSuchFileException f -> f.getFile() + " is not there";
            case java.nio.file.FileSystemException f when f.getReason() != null ->
                    String.valueOf(f.getReason()).toLowerCase(java.util.Locale.ROOT);
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
