package assay.web.insight;

import java.util.List;
import java.util.Optional;

/**
 * The cluster at one moment and its last minutes. Immutable.
 *
 * @param unixMillis of the scheduler's picture; 0 before the first one came
 * @param connected whether the scheduler is reachable: otherwise the rest is old
 * @param doubt why the scheduler moves nothing though nodes are gone; empty without doubt
 * @param storage why changes wait for the database; empty while it is there
 * @param rates oldest first
 */
public record ClusterPicture(
        long unixMillis,
        boolean connected,
        List<Node> nodes,
        List<Replica> replicas,
        Reason doubt,
        String storage,
        List<RatePoint> rates) {
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

    public ClusterPicture {
        nodes = List.copyOf(nodes);
        replicas = List.copyOf(replicas);
        rates = List.copyOf(rates);
    }

    /** Whether anything is known of the cluster yet. */
    public boolean known() {
        return unixMillis > 0;
    }

    public Optional<Node> node(String id) {
        return nodes.stream().filter(each -> each.id().equals(id)).findFirst();
    }

    public Optional<Replica> replica(String id) {
        return replicas.stream().filter(each -> each.id().equals(id)).findFirst();
    }
}
