package assay.web.tenancy;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionSystemException;

/**
 * Whether the database can be reached. The first call that finds it gone says so here; from then on
 * nobody waits for it but one thread, which looks until it answers again. Thread-safe.
 */
@Component
public class DatabaseWatch implements DisposableBean {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseWatch.class);
    private static final Duration LOOK_EVERY = Duration.ofMillis(250);
    private static final int ANSWER_SECONDS = 1;

    /** When clients shall try again: most outages are a restart. */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final DataSource source;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile boolean away;
    private boolean stopped; // guarded by lock

    DatabaseWatch(DataSource source) {
        this.source = source;
    }

    /** Whether it is gone, as far as is known: then who can do without it does not ask. */
    public boolean away() {
        return away;
    }

    /**
     * Whether the failure means that the database is gone, and not that the question was wrong. If
     * so it counts as gone from now on.
     */
    public boolean lost(RuntimeException failure) {
        if (!isOutage(failure)) {
            return false;
        }
        lock.lock();
        try {
            if (!away && !stopped) {
                away = true;
                LOG.warn("the database is gone: {}", failure.getMessage());
                Thread.ofVirtual().name("database-watch").start(this::look);
            }
        } finally {
            lock.unlock();
        }
        return true;
    }

    /** Waits until it is there. Whether it is. */
    public boolean awaitBack(Duration atMost) {
        long left = atMost.toNanos();
        lock.lock();
        try {
            while (away && !stopped && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !away;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** What to answer whom can not be helped without it. */
    public static WebException unavailable(@Nullable Throwable cause) {
        return new WebException(
                ErrorCode.DATABASE_AWAY,
                "the database can not be reached; nothing was changed, try again",
                Map.of(),
                RETRY_AFTER,
                cause);
    }

    /** A server that is starting, stopping or full refuses; a network that is cut breaks. */
    private static boolean isOutage(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof TransactionSystemException system
                    && system.getApplicationException() != null
                    && isOutage(system.getApplicationException())) {
                return true; // the work failed for it, and so did its rollback
            }
            if (cause instanceof SQLTransientConnectionException) {
                return true; // the pool waited in vain
            }
            if (cause instanceof SQLException sql && sql.getSQLState() != null) {
                String state = sql.getSQLState();
                return state.startsWith("08") || state.startsWith("57P") || state.equals("53300");
            }
        }
        return false;
    }

    private void look() {
        while (!answers()) {
            lock.lock();
            try {
                if (stopped || changed.await(LOOK_EVERY.toNanos(), TimeUnit.NANOSECONDS)) {
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } finally {
                lock.unlock();
            }
        }
        lock.lock();
        try {
            away = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        LOG.info("the database is back");
    }

    private boolean answers() {
        try (Connection connection = source.getConnection()) {
            return connection.isValid(ANSWER_SECONDS);
        } catch (SQLException e) {
            LOG.debug("the database does not answer", e);
            return false;
        }
    }

    @Override
    public void destroy() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
