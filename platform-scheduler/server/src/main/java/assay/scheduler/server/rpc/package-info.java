/**
 * The gRPC server: TLS 1.3 alone, who may call what, and how errors look on the wire. Thread-safe.
 * Start at {@link assay.scheduler.server.rpc.CallGuard}.
 */
@NullMarked
package assay.scheduler.server.rpc;

import org.jspecify.annotations.NullMarked;
