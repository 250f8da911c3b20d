/**
 * What this node can compute on, and how much of it is in use.
 *
 * <p>Finding runs once on the main thread; readings are taken on the control loop, once for each
 * heartbeat. Start at {@link assay.agent.devices.DeviceFinder}.
 */
@NullMarked
package assay.agent.devices;

import org.jspecify.annotations.NullMarked;
