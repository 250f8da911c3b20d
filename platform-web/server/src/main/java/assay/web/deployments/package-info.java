/**
 * What shall run and where it would go: {@link assay.web.deployments.Deployments}, and the same
 * over REST. What became of it is asked of {@link assay.web.insight.ClusterInsight}. Runs on the
 * thread of its caller, who waits for the scheduler's answer.
 */
@NullMarked
package assay.web.deployments;

import org.jspecify.annotations.NullMarked;
