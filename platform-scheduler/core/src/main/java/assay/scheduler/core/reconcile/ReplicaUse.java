package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.Epoch;
import assay.scheduler.core.cluster.ReplicaId;
import java.time.Duration;
import java.time.Instant;

/**
 * What the head of a replica tells of its work. Immutable.
 *
 * @param lastTokenAt when a token last came through all stages; the epoch of time when none has yet
 * @param running requests in the batch
 * @param waiting requests before it
 * @param queueWait of the request that waits longest
 * @param kvUse share of the cache in use, 0..1
 */
public record ReplicaUse(
        ReplicaId replica,
        Epoch epoch,
        Instant lastTokenAt,
        int running,
        int waiting,
        Duration queueWait,
        double kvUse) {
    boolean isIdle() {
        return running == 0 && waiting == 0;
    }
}
