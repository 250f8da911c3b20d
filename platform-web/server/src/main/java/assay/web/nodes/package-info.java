/**
 * What operators do with nodes: {@link assay.web.nodes.NodeOperations}, and the same over REST.
 * What nodes are and do is asked of {@link assay.web.insight.ClusterInsight}. Runs on the thread of
 * its caller, who waits for the scheduler's answer.
 */
@NullMarked
package assay.web.nodes;

import org.jspecify.annotations.NullMarked;
