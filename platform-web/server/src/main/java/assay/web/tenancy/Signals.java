package assay.web.tenancy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What changed, told to all gateways as soon as it is committed, by PostgreSQL's NOTIFY: a revoked
 * key is refused everywhere within the second. Thread-safe.
 *
 * <p>One connection of the pool listens, so the pool must reach the server itself and not through a
 * proxy that shares sessions. Each question it asks in between proves that whatever was sent before
 * has arrived; {@link #alive} tells whether that was so a moment ago, and only then may a cache be
 * believed.
 */
@Component
public class Signals implements SmartLifecycle {
    /** What a listener gets when anything may have changed, as after a break of the line. */
    public static final String ANYTHING = "*";

    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);
    private static final String CHANNEL = "assay_signals";

    /** With what a notice takes to arrive, well below the two seconds that are promised. */
    private static final Duration TRUST = Duration.ofSeconds(1);

    private static final int WAIT_MILLIS = 250;

    private final DataSource source;
    private final Map<String, CopyOnWriteArrayList<Consumer<String>>> listeners =
            new ConcurrentHashMap<>();
    private volatile long confirmed = System.nanoTime() - TRUST.toNanos();
    private volatile boolean running;
    private volatile CountDownLatch stop = new CountDownLatch(1);

    Signals(DataSource source) {
        this.source = source;
    }

    /**
     * Tells all gateways, this one too, once the transaction is committed.
     *
     * @param kind of what changed: letters
     * @param id of what changed
     */
    public void send(JdbcClient transaction, String kind, String id) {
        transaction
                .sql("select pg_notify(?, ?)::text")
                .params(CHANNEL, kind + ' ' + id)
                .query(String.class)
                .single();
    }

    /**
     * @param listener gets the ids, or {@link #ANYTHING}; in the line's own thread, so it is quick
     */
    public void listen(String kind, Consumer<String> listener) {
        listeners.computeIfAbsent(kind, _ -> new CopyOnWriteArrayList<>()).add(listener);
    }

    /** Whether all that was sent until a second ago has been heard. */
    public boolean alive() {
        return System.nanoTime() - confirmed < TRUST.toNanos();
    }

    @Override
    public void start() {
        running = true;
        stop = new CountDownLatch(1);
        Thread.ofPlatform().daemon().name("signals").start(this::listenOn);
    }

    private void listenOn() {
        while (running) {
            try (Connection connection = source.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("listen " + CHANNEL);
                tellAll(); // while nobody listened, anything may have been sent
                hear(connection.unwrap(PGConnection.class), statement);
                statement.execute("unlisten " + CHANNEL);
            } catch (SQLException e) {
                if (running) {
                    LOG.debug("the line for signals broke", e);
                }
            }
            pause();
        }
    }

    private void hear(PGConnection line, Statement statement) throws SQLException {
        while (running) {
            long asked = System.nanoTime();
            statement.execute("select 1");
            deliver(line.getNotifications());
            confirmed = asked;
            deliver(line.getNotifications(WAIT_MILLIS));
        }
    }

    private void deliver(PGNotification[] heard) {
        if (heard == null) {
            return;
        }
        for (PGNotification each : heard) {
            String text = each.getParameter();
            int space = text.indexOf(' ');
            if (space > 0) {
                tell(text.substring(0, space), text.substring(space + 1));
            }
        }
    }

    private void tellAll() {
        listeners.keySet().forEach(kind -> tell(kind, ANYTHING));
    }

    private void tell(String kind, String id) {
        for (Consumer<String> each : listeners.getOrDefault(kind, new CopyOnWriteArrayList<>())) {
            try {
                each.accept(id);
            } catch (RuntimeException e) {
                LOG.error("a signal of {} was not taken", kind, e);
            }
        }
    }

    private void pause() {
        try {
            if (stop.await(WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.debug("the line for signals ends");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            running = false;
        }
    }

    @Override
    public void stop() {
        running = false;
        stop.countDown();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
