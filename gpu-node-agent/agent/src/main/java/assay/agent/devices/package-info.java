/**
 * What this node can compute on, and how much of it is in use.
 *
 * <p>Finding runs once on the main thread; readings are taken on the control loop, once for each
 * heartbeat. GPUs are read by threads of their own, see {@link assay.agent.devices.GpuWatch}, and
 * the control loop takes what those read last. Start at {@link assay.agent.devices.DeviceFinder}.
 */
@NullMarked
package assay.agent.devices;

import org.jspecify.annotations.NullMarked;
