/**
 * The order in which batch jobs are taken up: decided here, without I/O. Holds nothing while the
 * platform has no batch jobs; it may look at {@code core.cluster} alone.
 */
@NullMarked
package assay.scheduler.core.queue;

import org.jspecify.annotations.NullMarked;
