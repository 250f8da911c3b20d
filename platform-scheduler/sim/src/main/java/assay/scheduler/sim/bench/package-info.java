/**
 * What placement is worth, in figures: {@link assay.scheduler.sim.bench.PlacementBench} replays
 * traces, prints the plans of a very large model, and measures decisions as a cluster grows.
 */
@NullMarked
package assay.scheduler.sim.bench;

import org.jspecify.annotations.NullMarked;
