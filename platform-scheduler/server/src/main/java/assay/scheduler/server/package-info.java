/**
 * The scheduler as a process: the decisions of {@code core} over a database and over gRPC.
 *
 * <p>One control loop thread owns the cluster's state ({@code control}); calls run on virtual
 * threads and hand letters to it. Start at {@link assay.scheduler.server.Leadership}, which is what
 * happens from the lease to the open port.
 */
@NullMarked
package assay.scheduler.server;

import org.jspecify.annotations.NullMarked;
