/**
 * What is assigned to this node: each stage from the order to the running loop and back, and its
 * reports.
 *
 * <p>{@link assay.agent.host.StageHost} is confined to the control loop. Loading runs on a virtual
 * thread of each stage, one piece of work after the other; results come back to the control loop.
 */
@NullMarked
package assay.agent.host;

import org.jspecify.annotations.NullMarked;
