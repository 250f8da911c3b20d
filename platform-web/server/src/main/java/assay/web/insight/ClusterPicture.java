package assay.web.insight;

import assay.scheduler.v1.ClusterSnapshot;
import java.util.List;

/**
 * The cluster at one moment and its last minutes. Immutable.
 *
 * @param snapshot the default instance before the first one came
 * @param connected whether the scheduler is reachable: otherwise the snapshot is old
 * @param rates oldest first
 */
public record ClusterPicture(ClusterSnapshot snapshot, boolean connected, List<RatePoint> rates) {
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
        rates = List.copyOf(rates);
    }

    /** Whether anything is known of the cluster yet. */
    public boolean known() {
        return snapshot.getUnixMillis() > 0;
    }
}
