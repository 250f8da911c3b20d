/**
 * A cluster in one thread under a virtual clock: the scheduler's own decisions against agents that
 * join, die, come back, fail and lose messages. A seed replays a run exactly. Start at {@link
 * assay.scheduler.sim.Simulation}.
 */
@NullMarked
package assay.scheduler.sim;

import org.jspecify.annotations.NullMarked;
