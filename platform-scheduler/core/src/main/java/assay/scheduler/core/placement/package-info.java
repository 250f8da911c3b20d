/**
 * Where a replica goes. Pure: a question and the {@link assay.scheduler.core.placement.Fleet} come
 * in, a decision goes out; confined to the thread that owns the fleet. Start at {@link
 * assay.scheduler.core.placement.Placement} and its {@link
 * assay.scheduler.core.placement.BalancedPlacement}; {@code LayerSplit} is the arithmetic, {@link
 * assay.scheduler.core.placement.Defragmentation} makes room by moving others.
 */
@NullMarked
package assay.scheduler.core.placement;

import org.jspecify.annotations.NullMarked;
