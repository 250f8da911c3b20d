package assay.scheduler.server.control;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest value of something, shown to any number of watchers. A slow watcher skips values: no
 * more than one ever waits for it. Thread-safe.
 */
final class Board<T> {
    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();
    private volatile @Nullable T newest;

    /** Shows a value to all. */
    void show(T value) {
        newest = value;
        watchers.forEach(watcher -> watcher.offer(value));
    }

    int watcherCount() {
        return watchers.size();
    }

    /** From within the call that opened the stream. */
    void watch(ServerCallStreamObserver<T> out) {
        var watcher = new Watcher(out);
        out.setOnReadyHandler(watcher::drain);
        out.setOnCancelHandler(() -> watchers.remove(watcher));
        watchers.add(watcher);
        T value = newest;
        if (value != null) {
            watcher.begin(value);
        }
    }

    private final class Watcher {
        private final ServerCallStreamObserver<T> out;
        private @Nullable T pending;
        private boolean begun;

        Watcher(ServerCallStreamObserver<T> out) {
            this.out = out;
        }

        /** The first value, unless a newer one came first. */
        synchronized void begin(T value) {
            if (!begun) {
                offer(value);
            }
        }

        synchronized void offer(T value) {
            begun = true;
            pending = value;
            drain();
        }

        synchronized void drain() {
            T value = pending;
            if (out.isCancelled()) {
                watchers.remove(this);
            } else if (value != null && out.isReady()) {
                pending = null;
                out.onNext(value);
            }
        }
    }
}
