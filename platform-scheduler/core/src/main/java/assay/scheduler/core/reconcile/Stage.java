package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.StageAssignment;
import java.time.Instant;

/**
 * A stage and how far it is. Immutable.
 *
 * @param assignment where it is and what it holds
 * @param phase as last reported under the replica's epoch
 * @param fetchedBytes of the files that it needs
 * @param totalBytes of the files that it needs; 0 while unknown
 * @param heardAt when it was last told or last reported something
 */
public record Stage(
        StageAssignment assignment,
        StagePhase phase,
        long fetchedBytes,
        long totalBytes,
        Instant heardAt) {
    public NodeId node() {
        return assignment.device().node();
    }

    Stage in(StagePhase changed, Instant at) {
        return new Stage(assignment, changed, fetchedBytes, totalBytes, at);
    }

    Stage fetched(StagePhase changed, long fetched, long total, Instant at) {
        return new Stage(assignment, changed, fetched, total, at);
    }

    static Stage assigned(StageAssignment assignment, Instant at) {
        return new Stage(assignment, StagePhase.ASSIGNED, 0, 0, at);
    }
}
