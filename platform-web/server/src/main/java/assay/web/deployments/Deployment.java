package assay.web.deployments;

import assay.web.insight.Reason;

/**
 * A deployment as the scheduler has it. Immutable.
 *
 * @param wantedReplicas now: by hand or by rule
 * @param reason why it is not as wanted; empty when it is
 */
public record Deployment(
        String id, DeploymentSpec spec, int wantedReplicas, int servingReplicas, Reason reason) {}
