package assay.scheduler.core.placement;

import assay.scheduler.core.cluster.DeploymentSpec;
import assay.scheduler.core.cluster.NodeId;
import assay.scheduler.core.cluster.ReplicaId;
import java.util.Set;

/**
 * A question to a {@link Placement}. Immutable.
 *
 * @param spec what shall run
 * @param replica for which: what it has booked itself counts as free
 * @param spread of the stages
 * @param avoided nodes that get no stage of it
 * @param mayPreempt whether replicas of lower priority may have to give way
 * @param shown rejections that the answer tells one by one, at most
 */
public record Wish(
        DeploymentSpec spec,
        ReplicaId replica,
        Placement.Spread spread,
        Set<NodeId> avoided,
        boolean mayPreempt,
        int shown) {
    private static final int SHOWN = 32;

    public Wish {
        avoided = Set.copyOf(avoided);
        if (shown < 0) {
            throw new IllegalArgumentException("shown: " + shown + " (expected: 0 or more)");
        }
    }

    /** On devices of their own where that can be; nobody gives way. */
    public Wish(DeploymentSpec spec, ReplicaId replica) {
        this(spec, replica, Placement.Spread.APART_IF_POSSIBLE, Set.of(), false, SHOWN);
    }

    public Wish spread(Placement.Spread changed) {
        return new Wish(spec, replica, changed, avoided, mayPreempt, shown);
    }

    public Wish avoiding(Set<NodeId> nodes) {
        return new Wish(spec, replica, spread, nodes, mayPreempt, shown);
    }

    public Wish preempting(boolean allowed) {
        return new Wish(spec, replica, spread, avoided, allowed, shown);
    }

    public Wish showing(int rejections) {
        return new Wish(spec, replica, spread, avoided, mayPreempt, rejections);
    }

    public Wish of(DeploymentSpec changed) {
        return new Wish(changed, replica, spread, avoided, mayPreempt, shown);
    }
}
