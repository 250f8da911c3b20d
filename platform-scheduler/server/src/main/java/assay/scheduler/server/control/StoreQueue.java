package assay.scheduler.server.control;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import assay.scheduler.server.lease.Fence;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * What the control loop wants stored, written by a thread of its own, so that a database that is
 * away does not stop the loop. Writes of one thing replace each other while they wait, so that no
 * more ever waits than there is; each round is one fenced transaction, in an order that references
 * allow. Thread-safe.
 */
public final class StoreQueue {
    private static final Logger LOG = LoggerFactory.getLogger(StoreQueue.class);
    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final Duration STOPPING = Duration.ofSeconds(3);

    /** Events that wait at most; older ones are dropped first. */
    static final int MOST_EVENTS = 20_000;

    /** What is written, in the order in which rows refer to each other. */
    enum Kind {
        DEPLOYMENT,
        NODE,
        REPLICA,
        FORGOTTEN_REPLICA,
        FORGOTTEN_NODE,
        EVENT
    }

    /** One thing of a kind; events have a number of their own. */
    record Key(Kind kind, Object id) {}

    private record Write(Key key, Runnable statements) {}

    private final Fence fence;
    private final Runnable stored;
    private final Consumer<SchedulerException> lost;
    private final Thread thread;
    private Map<Key, Runnable> waiting = new LinkedHashMap<>();
    private long sequence;
    private long stopBy = Long.MAX_VALUE;
    private int eventsWaiting;
    private long eventsDropped;
    private boolean stopped;
    private volatile long durable;
    private volatile String trouble = "";

    /**
     * Does not run yet.
     *
     * @param stored called after each round, on the writing thread
     * @param lost called when another scheduler acts, or a statement can never work
     */
    public StoreQueue(Fence fence, Runnable stored, Consumer<SchedulerException> lost) {
        this.fence = fence;
        this.stored = stored;
        this.lost = lost;
        thread = Thread.ofPlatform().name("cluster-store").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /** Writes what waits, unless that takes too long. */
    public void stop() {
        synchronized (this) {
            stopped = true;
            stopBy = System.nanoTime() + STOPPING.toNanos();
            notifyAll();
        }
        try {
            thread.join(STOPPING.plus(STOPPING));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Will be written, and replaces what waits under the same key.
     *
     * @param statements run within a transaction, perhaps more than once, on another thread
     */
    synchronized void put(Key key, Runnable statements) {
        if (waiting.remove(key) == null && key.kind() == Kind.EVENT) {
            eventsWaiting++;
            dropOldEvents();
        }
        waiting.put(key, statements);
        sequence++;
        notifyAll();
    }

    private void dropOldEvents() {
        if (eventsWaiting > MOST_EVENTS) {
            Optional<Key> oldest =
                    waiting.keySet().stream().filter(it -> it.kind() == Kind.EVENT).findFirst();
            oldest.ifPresent(waiting::remove);
            eventsWaiting--;
            eventsDropped++;
        }
    }

    /** Of the newest write that was asked for. */
    synchronized long newest() {
        return sequence;
    }

    /** Everything up to this one is stored. */
    long durable() {
        return durable;
    }

    /** Why nothing is stored now; empty while all is well. */
    String trouble() {
        return trouble;
    }

    /** Writes that wait. */
    public synchronized int depth() {
        return waiting.size();
    }

    /** Events that were dropped because the database was away for too long. */
    public synchronized long eventsDropped() {
        return eventsDropped;
    }

    private void run() {
        try {
            while (true) {
                long upTo;
                Map<Key, Runnable> round;
                synchronized (this) {
                    while (waiting.isEmpty() && !stopped) {
                        wait();
                    }
                    if (waiting.isEmpty() || System.nanoTime() - stopBy > 0) {
                        return;
                    }
                    round = waiting;
                    waiting = new LinkedHashMap<>();
                    eventsWaiting = 0;
                    upTo = sequence;
                }
                if (write(round)) {
                    durable = upTo;
                    stored.run();
                } else {
                    putBack(round);
                    Thread.sleep(PAUSE);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the store was told to stop");
        } catch (SchedulerException e) {
            lost.accept(e);
        } catch (RuntimeException e) {
            lost.accept(
                    new SchedulerException(
                            ErrorCode.INTERNAL,
                            "the cluster can not be stored: " + e.getMessage(),
                            e));
        }
    }

    /** Whether it is stored; false when the database is away. */
    private boolean write(Map<Key, Runnable> round) {
        List<Write> writes = new ArrayList<>();
        round.forEach((key, statements) -> writes.add(new Write(key, statements)));
        writes.sort(Comparator.comparing(it -> it.key().kind()));
        try {
            fence.write(() -> {
                writes.forEach(it -> it.statements().run());
                return true;
            });
            if (!trouble.isEmpty()) {
                LOG.info("the database is back");
                trouble = "";
            }
            return true;
        } catch (DataAccessResourceFailureException
                | TransientDataAccessException
                | TransactionException e) {
            told(e);
            return false;
        } catch (DataAccessException e) {
            if (isAway(e)) {
                told(e);
                return false;
            }
            throw e;
        }
    }

    /**
     * Connections that break within a statement come as other exceptions than those that do not
     * open.
     */
    private static boolean isAway(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof SQLException sql
                    && sql.getSQLState() != null
                    && (sql.getSQLState().startsWith("08")
                            || sql.getSQLState().startsWith("57P"))) {
                return true;
            }
        }
        return false;
    }

    private void told(Exception e) {
        if (trouble.isEmpty()) {
            LOG.warn("the database is away, changes wait: {}", e.getMessage());
        }
        trouble = "the database is away: changes wait until it is back";
    }

    private synchronized void putBack(Map<Key, Runnable> round) {
        Map<Key, Runnable> newer = waiting;
        waiting = new LinkedHashMap<>(round);
        newer.forEach((key, statements) -> {
            waiting.remove(key);
            waiting.put(key, statements);
        });
        eventsWaiting =
                Math.toIntExact(
                        waiting.keySet().stream().filter(it -> it.kind() == Kind.EVENT).count());
    }
}
