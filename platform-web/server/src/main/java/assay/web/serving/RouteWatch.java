package assay.web.serving;

import assay.scheduler.v1.CheckerRoute;
import assay.scheduler.v1.ReplicaState;
import assay.scheduler.v1.ReplicaView;
import assay.scheduler.v1.Route;
import assay.scheduler.v1.RouteTable;
import assay.scheduler.v1.RoutesGrpc;
import assay.scheduler.v1.WatchRoutesRequest;
import assay.web.peer.PeerChannels;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The table of replicas that take requests, kept as it last came: while the scheduler is away,
 * requests go on. Thread-safe.
 */
@Component
class RouteWatch implements SmartLifecycle {
    private final PeerChannels channels;
    private final InstantSource clock;
    private final SchedulerStream<WatchRoutesRequest, RouteTable> stream;
    private final Map<String, AtomicInteger> outstanding = new ConcurrentHashMap<>();
    private final Map<String, Long> lastTokens = new ConcurrentHashMap<>();
    private final Map<String, Long> counters = new ConcurrentHashMap<>();
    private volatile RouteTable table = RouteTable.getDefaultInstance();
    private volatile boolean running;

    RouteWatch(PeerChannels channels, ClusterWatch cluster, InstantSource clock) {
        this.channels = channels;
        this.clock = clock;
        this.stream =
                new SchedulerStream<>(
                        channels.scheduler(),
                        RoutesGrpc.getWatchRoutesMethod(),
                        WatchRoutesRequest.getDefaultInstance(),
                        Duration.ZERO, // a table that does not change is not sent again
                        this::replace);
        // Lives as long as this does.
        AutoCloseable _ =
                cluster.subscribe(
                        snapshot -> snapshot.getReplicasList().forEach(this::countTokens));
    }

    private synchronized void replace(RouteTable next) {
        table = next;
        notifyAll();
        Set<String> addresses = new HashSet<>();
        Set<String> replicas = new HashSet<>();
        for (Route route : next.getRoutesList()) {
            addresses.add(route.getHeadAddress());
            replicas.add(route.getReplicaId());
            tokenCame(route.getReplicaId(), route.getLastTokenUnixMillis());
        }
        for (CheckerRoute checker : next.getCheckersList()) {
            addresses.add(checker.getAddress());
        }
        channels.retain(addresses);
        lastTokens.keySet().retainAll(replicas);
        counters.keySet().retainAll(replicas);
        outstanding
                .entrySet()
                .removeIf(
                        entry -> !replicas.contains(entry.getKey()) && entry.getValue().get() == 0);
    }

    /** A head that counted more tokens than before has had one come through all its stages. */
    private void countTokens(ReplicaView replica) {
        if (replica.getState() != ReplicaState.REPLICA_STATE_SERVING) {
            return;
        }
        Long before = counters.put(replica.getId(), replica.getGenerationTokensTotal());
        if (before != null && replica.getGenerationTokensTotal() > before) {
            tokenCame(replica.getId(), clock.millis());
        }
    }

    /** Remembers the newest proof that the replica works from end to end. */
    void tokenCame(String replicaId, long unixMillis) {
        lastTokens.merge(replicaId, unixMillis, Math::max);
    }

    RouteTable table() {
        return table;
    }

    /** When a token last came through all stages of the replica; 0 for never. */
    long lastTokenMillis(Route route) {
        return Math.max(
                route.getLastTokenUnixMillis(), lastTokens.getOrDefault(route.getReplicaId(), 0L));
    }

    /** The replicas that answer for the model. */
    List<Route> routes(String model) {
        return table.getRoutesList().stream()
                .filter(route -> route.getModel().equals(model))
                .toList();
    }

    /** Whether the model was taken down to no replica, and comes back when a request waits. */
    boolean rests(String model) {
        return table.getRestingList().stream().anyMatch(it -> it.getModel().equals(model));
    }

    /** Blocks until there are such, or the time is over; then it is empty. */
    synchronized List<Route> await(String model, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        List<Route> found = routes(model);
        for (long left = atMost.toNanos();
                found.isEmpty() && left > 0;
                left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
            found = routes(model);
        }
        return found;
    }

    /** Of these the one with the least under way here. */
    Optional<Route> leastBusy(List<Route> routes) {
        return routes.stream()
                .min(Comparator.comparingInt(route -> outstanding(route.getReplicaId()).get()));
    }

    /** How many generations of this process the replica has under way. */
    AtomicInteger outstanding(String replicaId) {
        return outstanding.computeIfAbsent(replicaId, _ -> new AtomicInteger());
    }

    boolean connected() {
        return stream.connected();
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
