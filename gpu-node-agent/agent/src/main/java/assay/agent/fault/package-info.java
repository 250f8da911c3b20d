/**
 * What can go wrong in the agent, by stable name, and how it is said over gRPC.
 *
 * <p>Immutable values; used from every thread. Start at {@link assay.agent.fault.FaultCode}.
 */
@NullMarked
package assay.agent.fault;

import org.jspecify.annotations.NullMarked;
