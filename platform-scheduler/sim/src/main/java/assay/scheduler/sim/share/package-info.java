/**
 * Tasks of a production cluster that ask for processors, memory and shares of GPUs, replayed under
 * several policies until nothing more fits. Single-threaded. Start at {@link
 * assay.scheduler.sim.share.Replay}; files in the OpenB format come in through {@link
 * assay.scheduler.sim.share.OpenB}.
 */
@NullMarked
package assay.scheduler.sim.share;

import org.jspecify.annotations.NullMarked;
