package assay.web.audit;

import assay.audit.AuditRow;
import assay.web.ErrorCode;
import assay.web.WebException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Records on disk that wait for the database: a line of JSON each, on the disk before {@link #add}
 * returns. One process per folder. Thread-safe.
 *
 * <p>Two files: {@code waiting.jsonl} grows; {@code leaving.jsonl} is what is being written to the
 * database, and is deleted when all of it is there. A process that is killed in between begins with
 * the second again, which the records' ids make harmless. What the database refuses for good is
 * kept in {@code refused.jsonl} for people to look at; it counts as room that is taken.
 */
final class AuditSpool {
    private static final Logger LOG = LoggerFactory.getLogger(AuditSpool.class);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int BATCH = 200;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    private final Path folder;
    private final Path waiting;
    private final Path leaving;
    private final Path refused;
    private final long mostBytes;
    private final AtomicLong records = new AtomicLong();

    AuditSpool(Path folder, long mostBytes) {
        this.folder = folder;
        this.waiting = folder.resolve("waiting.jsonl");
        this.leaving = folder.resolve("leaving.jsonl");
        this.refused = folder.resolve("refused.jsonl");
        this.mostBytes = mostBytes;
        try {
            endLastLine();
            records.set(lines(waiting) + lines(leaving));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Records that wait. */
    long size() {
        return records.get();
    }

    /**
     * Keeps a record.
     *
     * @throws WebException AUDIT_SPOOL_FULL when it can not: what is not recorded must not be done
     */
    synchronized void add(AuditRow row) {
        byte[] line = line(row);
        try {
            if (size(waiting) + size(leaving) + size(refused) + line.length > mostBytes) {
                throw full("more than " + mostBytes + " bytes of records wait", null);
            }
            append(waiting, line);
            records.incrementAndGet();
        } catch (IOException e) {
            throw full("it could not be kept on disk", e);
        }
    }

    /** Puts aside a record that the database will never take, so that others are not held up. */
    void refuse(AuditRow row) {
        try {
            append(refused, line(row));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] line(AuditRow row) {
        return (JSON.writeValueAsString(row) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** All of the line or none: a piece of one must not spoil the next. */
    private void append(Path to, byte[] line) throws IOException {
        Files.createDirectories(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (FileChannel file =
                FileChannel.open(
                        to,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.APPEND)) {
            long before = file.size();
            ByteBuffer bytes = ByteBuffer.wrap(line);
            try {
                while (bytes.hasRemaining()) {
                    file.write(bytes);
                }
                file.force(false);
            } catch (IOException e) {
                file.truncate(before);
                throw e;
            }
        }
    }

    private static WebException full(String why, @Nullable Throwable e) {
        return new WebException(
                ErrorCode.AUDIT_SPOOL_FULL,
                "the call can not be recorded while the database is gone: " + why,
                Map.of(),
                RETRY_AFTER,
                e);
    }

    /**
     * Hands everything over, the oldest first, and forgets it. One caller at a time.
     *
     * @param write takes a batch for good, or throws and will get it again
     */
    void drain(Consumer<List<AuditRow>> write) throws IOException {
        while (take()) {
            var batch = new ArrayList<AuditRow>();
            long written = 0;
            try (BufferedReader lines = Files.newBufferedReader(leaving)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    read(line, batch);
                    if (batch.size() == BATCH) {
                        write.accept(List.copyOf(batch));
                        batch.clear();
                    }
                    written++;
                }
            }
            if (!batch.isEmpty()) {
                write.accept(batch);
            }
            Files.delete(leaving);
            records.addAndGet(-written);
            LOG.info("{} audit records that had waited are in the database", written);
        }
    }

    /** What a machine that went down left behind must not spoil the next record. */
    private void endLastLine() throws IOException {
        if (size(waiting) == 0) {
            return;
        }
        try (FileChannel file =
                FileChannel.open(waiting, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            file.read(last, file.size() - 1);
            if (last.get(0) != '\n') {
                file.write(ByteBuffer.wrap(new byte[] {'\n'}), file.size());
            }
        }
    }

    /** The last line of a file may be a piece, when the machine went down: nobody counts on it. */
    private static void read(String line, List<AuditRow> to) {
        try {
            to.add(JSON.readValue(line, AuditRow.class));
        } catch (JacksonException e) {
            LOG.error("a piece of an audit record of {} characters is lost", line.length(), e);
        }
    }

    /** Whether there is something to hand over. */
    private synchronized boolean take() throws IOException {
        if (Files.exists(leaving)) {
            return true;
        }
        try {
            Files.move(waiting, leaving, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static long size(Path file) throws IOException {
        return Files.exists(file) ? Files.size(file) : 0;
    }

    private static long lines(Path file) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        try (var lines = Files.lines(file)) {
            return lines.count();
        }
    }
}
