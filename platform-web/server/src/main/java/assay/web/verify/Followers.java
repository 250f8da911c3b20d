package assay.web.verify;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of one verification. Each has room for one state that it has not seen yet: a newer
 * one replaces it, so a slow listener misses states between, never the last, and holds up nobody.
 * Thread-safe.
 */
final class Followers {
    private static final Logger LOG = LoggerFactory.getLogger(Followers.class);

    private final List<Follower> followers = new CopyOnWriteArrayList<>();
    private final Executor executor;
    private final int max;

    Followers(Executor executor, int max) {
        this.executor = executor;
        this.max = max;
    }

    /**
     * Adds a listener and offers it the present state; what is published from now on reaches it.
     *
     * @throws WebException QUEUE_FULL when there are too many already
     */
    synchronized AutoCloseable add(Consumer<Verification> listener, Verification present) {
        if (followers.size() >= max) {
            throw new WebException(
                    ErrorCode.QUEUE_FULL, "this verification has " + max + " listeners already");
        }
        var follower = new Follower(listener);
        followers.add(follower);
        follower.offer(present);
        return follower;
    }

    /** Offers the state to every listener; returns at once. */
    void publish(Verification state) {
        followers.forEach(follower -> follower.offer(state));
    }

    /** One listener. At most one delivery at a time, on a thread of the executor's. */
    private final class Follower implements AutoCloseable {
        private final Consumer<Verification> listener;
        private final AtomicReference<@Nullable Verification> unseen = new AtomicReference<>();
        private final AtomicBoolean delivering = new AtomicBoolean();
        private volatile boolean closed;

        Follower(Consumer<Verification> listener) {
            this.listener = listener;
        }

        void offer(Verification state) {
            unseen.set(state);
            if (delivering.compareAndSet(false, true)) {
                executor.execute(this::deliver);
            }
        }

        private void deliver() {
            do {
                Verification state = unseen.getAndSet(null);
                if (state != null && !closed) {
                    try {
                        listener.accept(state);
                    } catch (RuntimeException e) {
                        LOG.warn("a listener of verification {} failed", state.id(), e);
                        close();
                    }
                }
                delivering.set(false);
                // What came between the two lines above found delivering still set.
            } while (unseen.get() != null && delivering.compareAndSet(false, true));
        }

        @Override
        public void close() {
            closed = true;
            followers.remove(this);
        }
    }
}
