/**
 * Where a replica goes. Stateless and pure: a snapshot of the nodes and of what is booked comes in,
 * a decision goes out; any thread. Start at {@link assay.scheduler.core.placement.Placement};
 * {@link assay.scheduler.core.placement.LayerSplit} is the arithmetic.
 */
@NullMarked
package assay.scheduler.core.placement;

import org.jspecify.annotations.NullMarked;
