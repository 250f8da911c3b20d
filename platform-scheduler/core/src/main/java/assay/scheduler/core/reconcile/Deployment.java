package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentId;
import assay.scheduler.core.cluster.DeploymentSpec;
import java.time.Instant;

/** A deployment as the reconciler knows it. Confined to the control loop, changed by it alone. */
public final class Deployment {
    Order order;
    int wanted;

    /** When its number was last changed. */
    Instant steppedAt;

    /** Since when all figures are low. */
    Instant lowSince;

    /** At what capacity it was last tried to make room for a change. */
    long madeRoomAtRevision = -1;

    /** When a request was last seen or asked for. */
    Instant busyAt;

    Deployment(Order order, int wanted, Instant now) {
        this.order = order;
        this.wanted = order.within(wanted);
        steppedAt = now;
        lowSince = now;
        busyAt = now;
    }

    public Order order() {
        return order;
    }

    public DeploymentSpec spec() {
        return order.spec();
    }

    public DeploymentId id() {
        return order.spec().id();
    }

    /** Replicas that shall run now, by hand or by rule. */
    public int wanted() {
        return wanted;
    }

    /** What a store holds of a deployment. */
    public record Stored(Order order, int wanted) {}
}
