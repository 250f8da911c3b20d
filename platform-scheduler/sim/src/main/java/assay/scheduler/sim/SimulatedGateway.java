package assay.scheduler.sim;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.ReplicaId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Sends requests where the routes lead, keeps those that have no route, and sends them elsewhere
 * when their head is gone. Single-threaded.
 */
final class SimulatedGateway {
    /** A way to a head. */
    record Way(DeploymentId deployment, ReplicaId replica, NodeId head, boolean recovering) {}

    /** A request and where it is: at no head while it waits for a route. */
    private static final class Request {
        final DeploymentId deployment;
        final Instant since;
        Duration work;
        Optional<Way> at = Optional.empty();

        Request(DeploymentId deployment, Duration work, Instant since) {
            this.deployment = deployment;
            this.work = work;
            this.since = since;
        }
    }

    private final Random random;
    private final Map<Long, Request> open = new LinkedHashMap<>();
    private List<Way> ways = List.of();
    private long ids;
    private long finished;
    private long resent;

    SimulatedGateway(Random random) {
        this.random = random;
    }

    /** The routes as they are from now on. */
    void show(List<Way> routes) {
        ways = List.copyOf(routes);
    }

    List<Way> ways() {
        return ways;
    }

    void ask(DeploymentId deployment, Duration work, Instant now) {
        open.put(ids++, new Request(deployment, work, now));
    }

    /** Deployments for which requests wait without any way. */
    List<DeploymentId> wanted() {
        return open.values().stream()
                .filter(it -> it.at.isEmpty())
                .map(it -> it.deployment)
                .distinct()
                .toList();
    }

    /** Every request that has none gets a way; those whose head let go of them get another. */
    void route(Predicate<Way> alive) {
        for (Request request : open.values()) {
            if (request.at.isPresent() && !alive.test(request.at.get())) {
                request.at = Optional.empty();
                resent++;
            }
            if (request.at.isEmpty()) {
                List<Way> good = new ArrayList<>();
                List<Way> any = new ArrayList<>();
                for (Way way : ways) {
                    if (way.deployment().equals(request.deployment) && alive.test(way)) {
                        any.add(way);
                        if (!way.recovering()) {
                            good.add(way);
                        }
                    }
                }
                List<Way> choice = good.isEmpty() ? any : good;
                if (!choice.isEmpty()) {
                    request.at = Optional.of(choice.get(random.nextInt(choice.size())));
                }
            }
        }
    }

    /** Time goes by for requests whose chain is whole. */
    void work(Duration span, Predicate<ReplicaId> whole) {
        open.values()
                .removeIf(request -> {
                    if (request.at.isPresent() && whole.test(request.at.get().replica())) {
                        request.work = request.work.minus(span);
                    }
                    boolean done = !request.work.isPositive();
                    finished += done ? 1 : 0;
                    return done;
                });
    }

    int running(ReplicaId replica) {
        return Math.toIntExact(
                open.values().stream()
                        .filter(it ->
                                it.at.filter(way -> way.replica().equals(replica)).isPresent())
                        .count());
    }

    Map<ReplicaId, Integer> running() {
        var running = new TreeMap<ReplicaId, Integer>();
        open.values()
                .forEach(it ->
                        it.at.ifPresent(way -> running.merge(way.replica(), 1, Integer::sum)));
        return running;
    }

    /** All requests are somewhere. */
    boolean lostNone() {
        return ids == finished + open.size();
    }

    long finished() {
        return finished;
    }

    /** Requests that went to another head because theirs was gone. */
    long resent() {
        return resent;
    }

    int unfinished() {
        return open.size();
    }

    Optional<Duration> oldest(Instant now) {
        return open.values().stream()
                .map(it -> Duration.between(it.since, now))
                .max(Duration::compareTo);
    }
}
