package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.NodeSnapshot;
import java.time.Duration;
import java.time.Instant;

/** A node as the reconciler knows it. Confined to the control loop, changed by it alone. */
public final class NodeStatus {
    NodeSnapshot snapshot;
    long session;
    Instant lastSeenAt;

    /** When it is given up; moves on with each sign of life. */
    Instant givenUpAt;

    String dutyReason = "";

    /** How long requests on what is drained from it may take; zero for the usual bound. */
    Duration drainBound = Duration.ZERO;

    NodeStatus(NodeSnapshot snapshot, long session, Instant lastSeenAt, Instant givenUpAt) {
        this.snapshot = snapshot;
        this.session = session;
        this.lastSeenAt = lastSeenAt;
        this.givenUpAt = givenUpAt;
    }

    public NodeSnapshot snapshot() {
        return snapshot;
    }

    public Instant lastSeenAt() {
        return lastSeenAt;
    }

    /** Whether there is a session over which it can be told something. */
    public boolean isConnected() {
        return session != 0;
    }

    /** What an operator gave as the reason of its duty; empty when none was given. */
    public String dutyReason() {
        return dutyReason;
    }
}
