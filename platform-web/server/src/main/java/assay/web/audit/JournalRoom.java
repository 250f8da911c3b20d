package assay.web.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal's files and the room in them. A thread of its own keeps two segments ready beyond
 * what calls under way may need, so a disk without room is noticed while nothing hangs on it yet.
 * Thread-safe; rolling on is the writer's alone, taking the oldest and giving it back the reader's.
 */
final class JournalRoom implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JournalRoom.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);
    private static final int KEPT_FILES = 2;
    private static final long AHEAD = 2; // segments that stand ready

    private static final int MOST_MARGIN = 65_536;

    private final Path folder;
    private final int segmentBytes;
    private final long mostBytes;
    private final AtomicLong reserved = new AtomicLong();
    private final AtomicLong elsewhere;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<JournalSegment> spare = new ArrayDeque<>(); // these guarded by lock
    private final Deque<JournalSegment> closed = new ArrayDeque<>();
    private final Deque<Path> used = new ArrayDeque<>();
    private final List<JournalSegment> unforced = new ArrayList<>();
    private long lastNumber;
    private boolean stopped;
    private @Nullable String blocked;

    private final Thread thread;
    private volatile int spares;
    private volatile JournalSegment current;

    /**
     * @param elsewhere bytes that other files of the folder take of the room
     */
    JournalRoom(Path folder, int segmentBytes, long mostBytes, AtomicLong elsewhere)
            throws IOException {
        this.folder = folder;
        this.segmentBytes = segmentBytes;
        this.mostBytes = mostBytes;
        this.elsewhere = elsewhere;
        for (JournalSegment each : JournalSegment.left(folder)) {
            closed.add(each);
            lastNumber = each.number;
        }
        lastNumber++;
        this.current = first();
        this.thread =
                Thread.ofPlatform().daemon().name("audit-journal-room").start(this::keepReady);
    }

    /** A disk that is full now may still be drained of what an earlier process left. */
    private JournalSegment first() throws IOException {
        try {
            return JournalSegment.make(folder, lastNumber, segmentBytes, null);
        } catch (IOException e) {
            if (closed.isEmpty()) {
                throw e;
            }
            LOG.warn("the disk has no room for audit records but those it holds", e);
            return closed.removeLast();
        }
    }

    /** What an earlier process left. Before anything is drained. */
    List<JournalSegment> left() {
        lock.lock();
        try {
            var all = new ArrayList<>(closed);
            all.add(current);
            return all;
        } finally {
            lock.unlock();
        }
    }

    JournalSegment current() {
        return current;
    }

    /** Bytes that can be written whatever becomes of the disk. */
    long free() {
        int margin = Math.min(MOST_MARGIN, segmentBytes / 4); // a segment's end stays unused
        long ready = (long) spares * (segmentBytes - JournalSegment.HEADER - margin);
        return ready + Math.max(0, current.room() - margin);
    }

    /**
     * Takes room for a call's record.
     *
     * @throws AuditJournal.FullException when there is none and none can be made
     */
    void reserve(long bytes) throws AuditJournal.FullException {
        if (reserved.addAndGet(bytes) <= free()) {
            return;
        }
        reserved.addAndGet(-bytes);
        long left = PATIENCE.toNanos();
        lock.lock();
        try {
            while (free() < reserved.get() + bytes) {
                if (blocked != null || stopped || left <= 0) {
                    throw new AuditJournal.FullException(
                            blocked == null ? "no room was made in time" : blocked, null);
                }
                changed.signalAll();
                left = changed.awaitNanos(left);
            }
            reserved.addAndGet(bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AuditJournal.FullException("interrupted", e);
        } finally {
            lock.unlock();
        }
    }

    void release(long bytes) {
        reserved.addAndGet(-bytes);
    }

    /** Goes on in the next segment. */
    void roll() throws AuditJournal.FullException {
        long left = PATIENCE.toNanos();
        boolean interrupted = false;
        lock.lock();
        try {
            while (spare.isEmpty()) {
                if (blocked != null || stopped || left <= 0) {
                    throw new AuditJournal.FullException(
                            blocked == null ? "no room was made in time" : blocked, null);
                }
                changed.signalAll();
                try {
                    left = changed.awaitNanos(left);
                } catch (InterruptedException e) {
                    interrupted = true; // others wait for this very thread
                }
            }
            JournalSegment next = spare.removeFirst();
            closed.addLast(current);
            unforced.add(current);
            spares = spare.size(); // first, so that free() never says too much
            current = next;
            changed.signalAll();
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Those that were left since the last time; they are to be forced to the disk. */
    List<JournalSegment> takeUnforced() {
        lock.lock();
        try {
            List<JournalSegment> all = List.copyOf(unforced);
            unforced.clear();
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** The segment to read from: the oldest that is not read to its end, or the current one. */
    JournalSegment oldest() throws IOException {
        lock.lock();
        try {
            while (!closed.isEmpty() && !closed.getFirst().unread()) {
                give(closed.removeFirst());
            }
            return closed.isEmpty() ? current : closed.getFirst();
        } finally {
            lock.unlock();
        }
    }

    private void give(JournalSegment drained) throws IOException {
        Path file = drained.give();
        if (used.size() < KEPT_FILES && drained.size() == segmentBytes) {
            used.add(file);
        } else {
            Files.delete(file);
        }
        blocked = null;
        changed.signalAll();
    }

    private void keepReady() {
        lock.lock();
        try {
            while (!stopped) {
                if (free() < reserved.get() + AHEAD * segmentBytes) {
                    prepare();
                }
                if (blocked != null || free() >= reserved.get() + AHEAD * segmentBytes) {
                    boolean _ = changed.await(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /** Holds the lock but while the file is made. */
    private void prepare() {
        long held = (long) (spare.size() + closed.size() + 1) * segmentBytes;
        if (held + segmentBytes + elsewhere.get() > mostBytes) {
            block("more than " + mostBytes + " bytes of records wait", null);
            return;
        }
        Path file = used.poll();
        long number = ++lastNumber;
        JournalSegment made = null;
        IOException failure = null;
        lock.unlock();
        try {
            made = JournalSegment.make(folder, number, segmentBytes, file);
        } catch (IOException e) {
            failure = e;
        } finally {
            lock.lock();
        }
        if (made == null) {
            block("the disk has no room for them", failure);
            return;
        }
        spare.addLast(made);
        spares = spare.size();
        blocked = null;
        changed.signalAll();
    }

    private void block(String why, @Nullable IOException failure) {
        if (blocked == null && spare.isEmpty()) {
            LOG.warn("audit records find no more room: {}", why, failure);
        }
        blocked = why;
        changed.signalAll();
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(); // it may be making a file just now
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        lock.lock();
        try {
            for (JournalSegment each : spare) {
                Files.deleteIfExists(each.give());
            }
            for (Path each : used) {
                Files.deleteIfExists(each);
            }
            closed.addLast(current);
            for (JournalSegment each : closed) {
                boolean unread = each.unread();
                Path file = each.give();
                if (!unread) {
                    Files.deleteIfExists(file);
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
