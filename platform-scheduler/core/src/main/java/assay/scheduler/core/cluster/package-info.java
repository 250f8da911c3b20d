/**
 * The words of the cluster: ids, sizes, snapshots and decisions, all of them immutable records that
 * check themselves. Any thread may use them. Start at {@link
 * assay.scheduler.core.cluster.ModelLayout} and {@link
 * assay.scheduler.core.cluster.StageAssignment}.
 */
@NullMarked
package assay.scheduler.core.cluster;

import org.jspecify.annotations.NullMarked;
