package assay.web.identity.account;

import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.ConcurrentMap;

/**
 * What a browser's session on this gateway knows of its row in the database. Thread-safe; lives as
 * an attribute of the session and leaves the list of open ones with it.
 */
final class BoundSession implements HttpSessionBindingListener {
    static final String ATTRIBUTE = BoundSession.class.getName();

    /**
     * When somebody was last here is for people, and for the idle time: to the minute is enough.
     */
    private static final Duration GRAIN = Duration.ofMinutes(1);

    private final UUID id;
    private final UUID userId;
    private final Instant expiresAt;
    private final ConcurrentMap<UUID, HttpSession> open;
    private volatile Instant activeAt;
    private volatile Instant notedAt;

    BoundSession(
            UUID id,
            UUID userId,
            Instant now,
            Instant expiresAt,
            ConcurrentMap<UUID, HttpSession> open) {
        this.id = id;
        this.userId = userId;
        this.expiresAt = expiresAt;
        this.open = open;
        this.activeAt = now;
        this.notedAt = now;
    }

    UUID id() {
        return id;
    }

    UUID userId() {
        return userId;
    }

    /** Whether it is over by the clock alone. */
    boolean over(Instant now, Duration idle) {
        return !expiresAt.isAfter(now) || activeAt.plus(idle).isBefore(now);
    }

    /** Notes that the person did something; whether the database is to be told. */
    boolean active(Instant now) {
        activeAt = now;
        if (notedAt.plus(GRAIN).isAfter(now)) {
            return false;
        }
        notedAt = now;
        return true;
    }

    @Override
    public void valueBound(HttpSessionBindingEvent event) {
        open.put(id, event.getSession());
    }

    @Override
    public void valueUnbound(HttpSessionBindingEvent event) {
        open.remove(id);
    }
}
