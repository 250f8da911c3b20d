/**
 * Deployments: the list with their stages over the nodes, one with its replicas and history, the
 * form with the plan before anything moves, and the history of a replica. Runs in Vaadin's session
 * lock. Start at {@link assay.web.console.deployments.DeploymentsView}.
 */
@NullMarked
package assay.web.console.deployments;

import org.jspecify.annotations.NullMarked;
