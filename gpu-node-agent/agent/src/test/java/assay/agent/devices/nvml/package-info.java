/** Readings of real cards, taken once and played again. */
@NullMarked
package assay.agent.devices.nvml;

import org.jspecify.annotations.NullMarked;
