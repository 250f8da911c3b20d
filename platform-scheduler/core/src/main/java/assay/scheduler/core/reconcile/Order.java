package assay.scheduler.core.reconcile;

import assay.scheduler.core.cluster.DeploymentSpec;
import java.util.Optional;

/**
 * A deployment as it was asked for. Immutable.
 *
 * @param spec what shall run, and where; its replicas are the wish where nothing scales, and the
 *     beginning where something does
 * @param scaling by rule; empty for by hand
 * @param replacement when it is changed
 */
public record Order(DeploymentSpec spec, Optional<Scaling> scaling, Replacement replacement) {
    /** By hand, with new replicas before old ones go. */
    public Order(DeploymentSpec spec) {
        this(spec, Optional.empty(), Replacement.SURGE);
    }

    /** The number within what the rule allows. */
    int within(int replicas) {
        return scaling.map(rule -> Math.clamp(replicas, rule.min(), rule.max())).orElse(replicas);
    }
}
