package assay.web.insight;

import assay.scheduler.v1.ClusterSnapshot;
import assay.scheduler.v1.ReplicaView;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.insight.ClusterPicture.RatePoint;
import assay.web.serving.ClusterWatch;
import jakarta.annotation.PreDestroy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Turns the cluster's counters into rates over the last minutes. Thread-safe. */
@Component
public class ClusterInsight {
    /** Two minutes of pictures that come each second or two. */
    private static final int POINTS = 120;

    private final Deque<RatePoint> points = new ArrayDeque<>();
    private final Set<Consumer<ClusterPicture>> followers = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService ticker =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("cluster-insight").factory());
    private final ClusterWatch watch;
    private final AutoCloseable subscription;
    private @Nullable ClusterSnapshot previous;
    private boolean wasConnected;

    ClusterInsight(ClusterWatch watch) {
        this.watch = watch;
        this.wasConnected = watch.connected();
        this.subscription = watch.subscribe(this::add);
        // A connection that is lost sends no picture: so it is looked for.
        var _ = ticker.scheduleWithFixedDelay(this::lookForTheScheduler, 1, 1, TimeUnit.SECONDS);
    }

    /**
     * What is known now.
     *
     * @throws assay.web.WebException PERMISSION_DENIED
     */
    public ClusterPicture now(Caller caller) {
        caller.require(Permission.NODE_READ);
        return picture();
    }

    /**
     * Calls the follower with each new picture, on a thread that it must not hold up, until the
     * result is closed.
     *
     * @throws assay.web.WebException PERMISSION_DENIED
     */
    public AutoCloseable follow(Caller caller, Consumer<ClusterPicture> follower) {
        caller.require(Permission.NODE_READ);
        followers.add(follower);
        return () -> followers.remove(follower);
    }

    @PreDestroy
    void close() throws Exception {
        ticker.shutdownNow();
        subscription.close();
    }

    private synchronized ClusterPicture picture() {
        return new ClusterPicture(
                watch.current(), watch.connected(), java.util.List.copyOf(points));
    }

    private void lookForTheScheduler() {
        boolean connected = watch.connected();
        synchronized (this) {
            if (connected == wasConnected) {
                return;
            }
            wasConnected = connected;
        }
        tell();
    }

    private void tell() {
        var picture = picture();
        followers.forEach(each -> each.accept(picture));
    }

    private void add(ClusterSnapshot next) {
        count(next);
        tell();
    }

    private synchronized void count(ClusterSnapshot next) {
        var before = previous;
        previous = next;
        if (before == null || next.getUnixMillis() <= before.getUnixMillis()) {
            return;
        }
        double seconds = (next.getUnixMillis() - before.getUnixMillis()) / 1000.0;
        if (points.size() == POINTS) {
            points.removeFirst();
        }
        points.addLast(
                new RatePoint(
                        next.getUnixMillis(),
                        growth(before, next, ReplicaView::getPromptTokensTotal) / seconds,
                        growth(before, next, ReplicaView::getGenerationTokensTotal) / seconds,
                        next.getReplicasList().stream()
                                .mapToInt(ReplicaView::getRequestsRunning)
                                .sum(),
                        next.getReplicasList().stream()
                                .mapToInt(ReplicaView::getRequestsWaiting)
                                .sum()));
    }

    /**
     * How much a counter grew over the replicas that are in both. A restarted head counts from zero
     * again: that interval shows nothing rather than a negative rate.
     */
    private static long growth(
            ClusterSnapshot before, ClusterSnapshot next, ToLongFunction<ReplicaView> counter) {
        long growth = 0;
        for (var replica : next.getReplicasList()) {
            for (var old : before.getReplicasList()) {
                if (old.getId().equals(replica.getId())) {
                    growth += Math.max(0, counter.applyAsLong(replica) - counter.applyAsLong(old));
                }
            }
        }
        return growth;
    }
}
