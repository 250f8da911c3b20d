package assay.web.serving;

import assay.scheduler.v1.ClusterSnapshot;
import assay.scheduler.v1.RoutesGrpc;
import assay.scheduler.v1.WatchClusterRequest;
import assay.web.peer.PeerChannels;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** The cluster's picture from the scheduler's stream. Thread-safe. */
@Component
class StreamedClusterWatch implements ClusterWatch, SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(StreamedClusterWatch.class);

    /** A picture comes every two seconds at least. */
    private static final Duration SILENCE = Duration.ofSeconds(10);

    private final List<Consumer<ClusterSnapshot>> listeners = new CopyOnWriteArrayList<>();
    private final SchedulerStream<WatchClusterRequest, ClusterSnapshot> stream;
    private volatile ClusterSnapshot current = ClusterSnapshot.getDefaultInstance();
    private volatile boolean running;

    StreamedClusterWatch(PeerChannels channels) {
        this.stream =
                new SchedulerStream<>(
                        channels.scheduler(),
                        RoutesGrpc.getWatchClusterMethod(),
                        WatchClusterRequest.getDefaultInstance(),
                        SILENCE,
                        this::replace);
    }

    private void replace(ClusterSnapshot next) {
        current = next;
        for (Consumer<ClusterSnapshot> listener : listeners) {
            try {
                listener.accept(next);
            } catch (RuntimeException e) {
                // One listener's fault is not the others'.
                LOG.warn("a listener of the cluster's picture failed", e);
            }
        }
    }

    @Override
    public ClusterSnapshot current() {
        return current;
    }

    @Override
    public boolean connected() {
        return stream.connected();
    }

    @Override
    public AutoCloseable subscribe(Consumer<ClusterSnapshot> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public void start() {
        running = true;
        stream.start();
    }

    @Override
    public void stop() {
        running = false;
        stream.close();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
