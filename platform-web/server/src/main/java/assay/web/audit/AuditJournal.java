package assay.web.audit;

import assay.audit.AuditRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Records on this machine's disk until they are in the database. One process per folder.
 * Thread-safe; {@link #take}, {@link #done} and {@link #again} are for one thread.
 *
 * <p>Goal: that a record survives the process before {@link #append} returns, at the cost of a
 * write into the page cache. Hard constraint: what {@link #reserve} admitted finds room. Algorithm:
 * callers queue; the first of them writes for all that came meanwhile, in one {@code write}, while
 * the others wait, so that there is one writer and no hand-over to a thread of its own.
 *
 * <p>The guarantee: a kill of the process loses nothing; a loss of power loses what came in the
 * last {@link JournalSettings#forceEvery}, and nothing where that is zero.
 */
final class AuditJournal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AuditJournal.class);
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int MOST_GROUP = 1 << 20;
    private static final int MOST_RECORD_ROOM = 16_384;
    private static final Duration RESTS_AFTER = Duration.ofSeconds(1);

    private final Path refused;
    private final FileChannel lockFile;
    private final int segmentBytes;
    private final Duration forceEvery;
    private final JournalRoom room;
    private final AtomicLong records = new AtomicLong();
    private final AtomicLong refusedBytes = new AtomicLong();
    private final Queue<Pending> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean busy = new AtomicBoolean();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final List<Pending> group = new ArrayList<>(); // these the writer's
    private byte[] frames = new byte[65_536];
    private volatile long lastWrite = System.nanoTime();

    /** There is no room for a record. */
    static final class FullException extends Exception {
        private static final long serialVersionUID = 1L;

        FullException(String why, @Nullable Throwable cause) {
            super(why, cause);
        }
    }

    /** A record and the thread that waits for it. */
    private static final class Pending {
        final byte[] record;
        final int sum;
        final Thread thread = Thread.currentThread();
        @Nullable Exception failure;
        volatile boolean done; // written after failure

        Pending(byte[] record) {
            this.record = record;
            this.sum = JournalSegment.checksum(record, 0, record.length);
        }

        void end(@Nullable Exception why) {
            failure = why;
            done = true;
            LockSupport.unpark(thread);
        }
    }

    /**
     * Records in the order in which they were written, to be written to the database.
     *
     * @param begin where they begin in their segment
     */
    record Batch(List<JournalEntry> entries, JournalSegment from, int begin) {}

    AuditJournal(Path folder, long mostBytes, JournalSettings settings) {
        this.refused = folder.resolve("refused.jsonl");
        this.forceEvery = settings.forceEvery();
        this.segmentBytes =
                (int)
                        Math.max(
                                JournalSettings.LEAST_SEGMENT,
                                Math.min(settings.segmentBytes(), mostBytes / 4));
        try {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            this.lockFile = alone(folder.resolve("lock"));
            refusedBytes.set(Files.exists(refused) ? Files.size(refused) : 0);
            this.room = new JournalRoom(folder, segmentBytes, mostBytes, refusedBytes);
            for (JournalSegment each : room.left()) {
                records.addAndGet(count(each));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the audit journal in " + folder, e);
        }
        if (!forceEvery.isZero()) {
            Thread.ofPlatform().daemon().name("audit-journal-force").start(this::keepForced);
        }
    }

    private static FileChannel alone(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new IOException(file + ": this process has it already", e);
        }
        channel.close();
        throw new IOException(file + ": another process has it");
    }

    private static long count(JournalSegment segment) throws IOException {
        long count = 0;
        while (segment.next() != null) {
            count++;
        }
        segment.back(JournalSegment.HEADER);
        return count;
    }

    /** Records that are not known to be in the database. */
    long size() {
        return records.get();
    }

    /** What one record may take, content apart. */
    int recordRoom() {
        return Math.min(MOST_RECORD_ROOM, segmentBytes / 8);
    }

    /** What a record may take at most. */
    int mostRecord() {
        return segmentBytes - JournalSegment.HEADER - JournalSegment.FRAME;
    }

    /**
     * Takes room for one call, before its work begins; to be given back with {@link #release}.
     *
     * @throws FullException when there is none: the call must not be made
     */
    void reserve(long bytes) throws FullException {
        room.reserve(bytes);
    }

    void release(long bytes) {
        room.release(bytes);
    }

    /**
     * Keeps a record; when this returns it outlives the process.
     *
     * @param held bytes that were reserved for it
     */
    void append(byte[] record, long held) throws FullException {
        int need = record.length + JournalSegment.FRAME;
        if (record.length > mostRecord()) {
            throw new FullException(
                    "a record of "
                            + record.length
                            + " bytes (expected: at most "
                            + mostRecord()
                            + ")",
                    null);
        }
        long more = Math.max(0, need - held);
        if (more > 0) {
            room.reserve(more);
        }
        try {
            write(new Pending(record));
        } finally {
            room.release(more);
        }
    }

    private void write(Pending mine) throws FullException {
        queue.add(mine);
        boolean interrupted = false;
        while (!mine.done) {
            if (busy.compareAndSet(false, true)) {
                try {
                    writeGroup();
                } finally {
                    busy.set(false);
                }
                Pending next = queue.peek();
                if (next != null) {
                    LockSupport.unpark(next.thread); // it came too late for the group: its turn
                }
            } else {
                LockSupport.park(this);
                interrupted |= Thread.interrupted(); // half a wait would be no answer
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Exception failure = mine.failure;
        if (failure instanceof FullException full) {
            throw full;
        } else if (failure != null) {
            throw new FullException("it could not be kept on disk", failure);
        }
    }

    /** Everything that waits, or what the segment has room for. */
    private void writeGroup() {
        group.clear();
        int size = 0;
        JournalSegment segment = room.current();
        for (Pending next = queue.peek(); next != null; next = queue.peek()) {
            int need = JournalSegment.FRAME + next.record.length;
            if (need > segment.room() - size) {
                if (size > 0) {
                    break;
                }
                try {
                    room.roll();
                    segment = room.current();
                    continue;
                } catch (FullException e) {
                    queue.remove();
                    next.end(e);
                    continue;
                }
            }
            if (size + need > frames.length) {
                if (size > 0 && size + need > MOST_GROUP) {
                    break;
                }
                frames = java.util.Arrays.copyOf(frames, Math.max(2 * frames.length, size + need));
            }
            queue.remove();
            ByteBuffer.wrap(frames, size, need)
                    .putInt(next.record.length)
                    .putInt(segment.sum(next.sum))
                    .put(next.record);
            size += need;
            group.add(next);
        }
        if (size > 0) {
            write(segment, size);
        }
    }

    private void write(JournalSegment segment, int size) {
        Exception failure = null;
        try {
            segment.write(frames, size);
            if (forceEvery.isZero()) {
                segment.force();
            }
            records.addAndGet(group.size());
            lastWrite = System.nanoTime();
        } catch (IOException e) {
            failure = e;
            LOG.error("{} audit records could not be kept on disk", group.size(), e);
            try {
                room.roll(); // pieces of the group may stand where the next would begin
            } catch (FullException full) {
                failure.addSuppressed(full);
            }
        }
        for (Pending each : group) {
            each.end(failure);
        }
    }

    /** The oldest records that nobody took yet, at most so many; empty when there are none. */
    Batch take(int most) throws IOException {
        JournalSegment from = room.oldest();
        int begin = from.readTo();
        var entries = new ArrayList<JournalEntry>();
        while (entries.size() < most && from.readTo() - begin < 4 * MOST_GROUP) {
            ByteBuffer record = from.next();
            if (record == null) {
                break;
            }
            entries.add(JournalEntry.of(record));
        }
        return new Batch(entries, from, begin);
    }

    /** The batch is in the database, or refused by it. */
    void done(Batch batch) {
        records.addAndGet(-batch.entries().size());
    }

    /** The batch is to be taken again. */
    void again(Batch batch) {
        batch.from().back(batch.begin());
    }

    /**
     * Leaves a segment that was read to its end and that nobody writes to now, so that a restart
     * finds nothing of long ago.
     */
    void rest() {
        JournalSegment segment = room.current();
        boolean idle = System.nanoTime() - lastWrite > RESTS_AFTER.toNanos();
        if (!idle || segment.readTo() == JournalSegment.HEADER || segment.unread()) {
            return;
        }
        if (busy.compareAndSet(false, true)) {
            try {
                room.roll();
            } catch (FullException e) {
                LOG.debug("the journal goes on in its segment", e);
            } finally {
                busy.set(false);
            }
            Pending next = queue.peek();
            if (next != null) {
                LockSupport.unpark(next.thread);
            }
        }
    }

    /** Puts aside a record that the database will never take, so that others are not held up. */
    void refuse(AuditRow row) {
        byte[] line = (JSON.writeValueAsString(row) + "\n").getBytes(StandardCharsets.UTF_8);
        try (FileChannel file =
                FileChannel.open(
                        refused,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.APPEND)) {
            ByteBuffer bytes = ByteBuffer.wrap(line);
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(false);
            refusedBytes.addAndGet(line.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void keepForced() {
        long forced = 0;
        try {
            while (!stop.await(forceEvery.toNanos(), TimeUnit.NANOSECONDS)) {
                long now = lastWrite;
                if (now != forced) {
                    force();
                    forced = now;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void force() {
        var all = new ArrayList<>(room.takeUnforced());
        all.add(room.current());
        for (JournalSegment each : all) {
            try {
                each.force();
            } catch (ClosedChannelException e) {
                LOG.debug("segment {} is in the database already", each.number, e);
            } catch (IOException e) {
                LOG.error("audit records may not outlast a loss of power", e);
            }
        }
    }

    @Override
    public void close() {
        stop.countDown();
        try {
            for (JournalSegment each : room.takeUnforced()) {
                each.force();
            }
            room.current().force();
        } catch (IOException e) {
            LOG.debug("the journal was not forced at its end", e);
        }
        try {
            room.close();
            lockFile.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
