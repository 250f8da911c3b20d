package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.NodeSnapshot;
import java.time.Instant;

/** A node as the reconciler knows it. Confined to the control loop, changed by it alone. */
public final class NodeStatus {
    NodeSnapshot snapshot;
    long session;
    Instant lastSeenAt;

    NodeStatus(NodeSnapshot snapshot, long session, Instant lastSeenAt) {
        this.snapshot = snapshot;
        this.session = session;
        this.lastSeenAt = lastSeenAt;
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
}
