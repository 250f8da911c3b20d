/**
 * What must be done next so that what runs becomes what shall run. Pure and single-threaded: the
 * caller's loop owns the {@link assay.scheduler.core.reconcile.Cluster}, hands in events with the
 * time, and carries out the actions in the order in which they come back. Start at {@link
 * assay.scheduler.core.reconcile.Reconciler}; the life of a replica is the table in {@link
 * assay.scheduler.core.reconcile.ReplicaTable}.
 */
@NullMarked
package assay.scheduler.core.reconcile;

import org.jspecify.annotations.NullMarked;
