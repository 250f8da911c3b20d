/**
 * NVIDIA's management library: which cards a machine has, how they are, what happens to them.
 *
 * <p>It stands on the JDK alone and is apart from the compute backend on purpose: a card is watched
 * whether or not the engine can compute on it, and {@code ./assay doctor} runs this room from its
 * sources on a machine where nothing is built. For the same reason nothing here names {@code
 * Nullable}. The only user of {@code java.lang.foreign} in the agent. Start at {@link
 * assay.agent.devices.nvml.Nvml}.
 */
@NullMarked
package assay.agent.devices.nvml;

import org.jspecify.annotations.NullMarked;
