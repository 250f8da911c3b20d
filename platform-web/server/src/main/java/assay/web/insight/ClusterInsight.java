package assay.web.insight;

import assay.scheduler.v1.ClusterSnapshot;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.insight.ClusterPicture.RatePoint;
import assay.web.serving.ClusterWatch;
import jakarta.annotation.PreDestroy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The cluster's pictures, its counters turned into rates, and the figures of its devices over the
 * last ten minutes. Thread-safe.
 */
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
    private final Trends trends = new Trends();
    private @Nullable ClusterPicture newest;
    private boolean wasConnected;

    ClusterInsight(ClusterWatch watch) {
        this.watch = watch;
        this.wasConnected = watch.connected();
        var first = watch.current();
        if (first.getUnixMillis() > 0) {
            count(first);
        }
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
     * The figures of a node over the last ten minutes; empty for a node that is not known here.
     *
     * @throws assay.web.WebException PERMISSION_DENIED
     */
    public NodeTrend trend(Caller caller, String nodeId) {
        caller.require(Permission.NODE_READ);
        synchronized (this) {
            return trends.of(nodeId);
        }
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
        var known = newest;
        boolean connected = watch.connected();
        return known == null
                ? new ClusterPicture(0, connected, List.of(), List.of(), Reason.NONE, "", List.of())
                : new ClusterPicture(
                        known.unixMillis(),
                        connected,
                        known.nodes(),
                        known.replicas(),
                        known.doubt(),
                        known.storage(),
                        known.rates());
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
        var replicas = Pictures.replicas(next);
        var before = newest;
        if (before != null && next.getUnixMillis() > before.unixMillis()) {
            if (points.size() == POINTS) {
                points.removeFirst();
            }
            points.addLast(rates(before, next.getUnixMillis(), replicas));
        }
        var picture =
                new ClusterPicture(
                        next.getUnixMillis(),
                        true,
                        Pictures.nodes(next),
                        replicas,
                        Reason.of(next.getDoubt(), next.getDoubtPartsList()),
                        next.getStorage(),
                        List.copyOf(points));
        trends.add(picture.unixMillis(), picture.nodes());
        newest = picture;
    }

    private static RatePoint rates(ClusterPicture before, long unixMillis, List<Replica> replicas) {
        double seconds = (unixMillis - before.unixMillis()) / 1000.0;
        return new RatePoint(
                unixMillis,
                growth(before.replicas(), replicas, Replica::promptTokensTotal) / seconds,
                growth(before.replicas(), replicas, Replica::generationTokensTotal) / seconds,
                replicas.stream().mapToInt(Replica::requestsRunning).sum(),
                replicas.stream().mapToInt(Replica::requestsWaiting).sum());
    }

    /**
     * How much a counter grew over the replicas that are in both. A restarted head counts from zero
     * again: that interval shows nothing rather than a negative rate.
     */
    private static long growth(
            List<Replica> before, List<Replica> next, ToLongFunction<Replica> counter) {
        Map<String, Long> counted =
                before.stream()
                        .collect(Collectors.toMap(Replica::id, counter::applyAsLong, (a, _) -> a));
        long growth = 0;
        for (Replica replica : next) {
            long now = counter.applyAsLong(replica);
            growth += Math.max(0, now - counted.getOrDefault(replica.id(), now));
        }
        return growth;
    }
}
