package assay.agent.files;

import assay.agent.fault.AgentException;
import assay.agent.fault.FaultCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files named by their SHA-256: {@code sha256/} holds whole ones, {@code partial/} cut transfers,
 * {@code quarantine/} what did not have the bytes it should. A file is hashed once in each process
 * before it is handed out.
 *
 * <p>Thread-safe; one transfer at a time, because the network and the disk are the bound, not the
 * number of threads.
 */
public final class FileCache {
    private static final Logger LOG = LoggerFactory.getLogger(FileCache.class);
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path whole;
    private final Path partial;
    private final Path quarantine;
    private final FileSource source;
    private final Pause pause;
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<String> verified = new HashSet<>();

    /** Waits while the source is away; a test does not wait. */
    @FunctionalInterface
    public interface Pause {
        /** Blocks until the source may be asked again. */
        void await() throws InterruptedException;
    }

    /** Uses a folder that exists, which no other process writes. */
    public FileCache(Path folder, FileSource source, Pause pause) {
        this.whole = folder.resolve("sha256");
        this.partial = folder.resolve("partial");
        this.quarantine = folder.resolve("quarantine");
        this.source = source;
        this.pause = pause;
    }

    /**
     * The path of a file with exactly these bytes; fetches what is missing, waits as long as the
     * source is away.
     *
     * @param progress told the bytes of this file that are here, now and then
     * @throws AgentException MODEL_FILE_MISMATCH, MODEL_FILE_MISSING, DISK_FAILED
     */
    public Path obtain(WantedFile file, LongConsumer progress) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            for (Path folder : new Path[] {whole, partial, quarantine}) {
                Files.createDirectories(folder);
            }
            Path here = whole.resolve(file.sha256());
            if (Files.exists(here) && (verified.contains(file.sha256()) || verify(here, file))) {
                progress.accept(file.bytes());
                return here;
            }
            fetch(file, here, progress);
            verified.add(file.sha256());
            return here;
        } catch (IOException e) {
            throw new AgentException(FaultCode.DISK_FAILED, reason(e), e);
        } finally {
            lock.unlock();
        }
    }

    private boolean verify(Path here, WantedFile file) throws IOException {
        MessageDigest digest = sha256();
        hashInto(digest, here);
        if (hex(digest).equals(file.sha256())) {
            verified.add(file.sha256());
            return true;
        }
        LOG.warn("cached model file {} has changed on disk, fetching it again", file.name());
        setAside(here, file);
        return false;
    }

    private void fetch(WantedFile file, Path target, LongConsumer progress)
            throws IOException, InterruptedException {
        Path part = partial.resolve(file.sha256());
        boolean resumed = Files.exists(part) && Files.size(part) > 0;
        if (transfer(file, part, progress)) {
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        setAside(part, file);
        if (resumed && transfer(file, part, progress)) { // the old part may have been the bad one
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        if (resumed) {
            setAside(part, file);
        }
        throw new AgentException(
                FaultCode.MODEL_FILE_MISMATCH,
                file.name() + ": the bytes received do not have SHA-256 " + file.sha256());
    }

    /** Brings the part to its full length; true when the hash is right. */
    private boolean transfer(WantedFile file, Path part, LongConsumer progress)
            throws IOException, InterruptedException {
        MessageDigest digest = sha256();
        if (Files.exists(part)) {
            hashInto(digest, part);
        }
        try (FileChannel out =
                FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            progress.accept(out.size());
            while (out.size() < file.bytes()) {
                try {
                    source.read(file.sha256(), out.size(), take(file, out, digest, progress));
                    if (out.size() < file.bytes()) {
                        return false; // the source says that is all
                    }
                } catch (FileSource.SourceAwayException e) {
                    LOG.info("fetch of {} pauses: {}", file.name(), e.getMessage());
                    pause.await();
                }
            }
            out.force(true);
            return out.size() == file.bytes() && hex(digest).equals(file.sha256());
        }
    }

    private static FileSource.Sink take(
            WantedFile file, FileChannel out, MessageDigest digest, LongConsumer progress) {
        return bytes -> {
            if (out.size() + bytes.remaining() > file.bytes()) {
                throw new AgentException(
                        FaultCode.MODEL_FILE_MISMATCH,
                        file.name() + ": more bytes than " + file.bytes());
            }
            digest.update(bytes.duplicate());
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            progress.accept(out.size());
        };
    }

    private void setAside(Path file, WantedFile wanted) throws IOException {
        Files.move(
                file,
                quarantine.resolve(wanted.sha256()),
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
    }

    private static void hashInto(MessageDigest digest, Path file) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                digest.update(ByteBuffer.wrap(buffer, 0, n));
            }
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String reason(IOException e) {
        String why = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return "model cache: " + (why == null ? e.toString() : why);
    }
}
