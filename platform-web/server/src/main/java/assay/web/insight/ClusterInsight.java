package assay.web.insight;

import assay.scheduler.v1.ClusterSnapshot;
import assay.web.serving.ClusterWatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.springframework.stereotype.Component;

/** Turns the cluster's counters into rates over the last minutes. Thread-safe. */
@Component
public class ClusterInsight {
    /** Two minutes of pictures that come each second or two. */
    private static final int POINTS = 120;

    private final Deque<RatePoint> points = new ArrayDeque<>();
    private final ClusterWatch watch;
    private @org.jspecify.annotations.Nullable ClusterSnapshot previous;

    ClusterInsight(ClusterWatch watch) {
        this.watch = watch;
        // Lives as long as the server does, so nobody ends the subscription.
        AutoCloseable _ = watch.subscribe(this::add);
    }

    /**
     * Tokens a second over one interval.
     *
     * @param unixMillis the interval's end
     */
    public record RatePoint(
            long unixMillis,
            double promptTokensPerSecond,
            double generationTokensPerSecond,
            int running,
            int waiting) {}

    public ClusterWatch watch() {
        return watch;
    }

    /** The points, oldest first. */
    public synchronized List<RatePoint> rates() {
        return new ArrayList<>(points);
    }

    private synchronized void add(ClusterSnapshot next) {
        var before = previous;
        previous = next;
        if (before == null || next.getUnixMillis() <= before.getUnixMillis()) {
            return;
        }
        double seconds = (next.getUnixMillis() - before.getUnixMillis()) / 1000.0;
        int running = 0;
        int waiting = 0;
        long prompt = 0;
        long generated = 0;
        for (var replica : next.getReplicasList()) {
            running += replica.getRequestsRunning();
            waiting += replica.getRequestsWaiting();
            for (var old : before.getReplicasList()) {
                if (old.getId().equals(replica.getId())) {
                    // A restarted head counts from zero again: that interval shows nothing rather
                    // than a negative rate.
                    prompt +=
                            Math.max(
                                    0, replica.getPromptTokensTotal() - old.getPromptTokensTotal());
                    generated +=
                            Math.max(
                                    0,
                                    replica.getGenerationTokensTotal()
                                            - old.getGenerationTokensTotal());
                }
            }
        }
        if (points.size() == POINTS) {
            points.removeFirst();
        }
        points.addLast(
                new RatePoint(
                        next.getUnixMillis(),
                        prompt / seconds,
                        generated / seconds,
                        running,
                        waiting));
    }
}
