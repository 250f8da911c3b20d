/**
 * The control loop and what stands around it: node sessions, routes, deployments and the store.
 *
 * <p>{@link assay.scheduler.server.control.ClusterControl} runs on the loop's thread alone; the
 * services run on the threads of their calls and only post letters to it.
 */
@NullMarked
package assay.scheduler.server.control;

import org.jspecify.annotations.NullMarked;
