/**
 * Who this node is and who may call it: enrollment, the certificate it gets, mutual TLS 1.3, and
 * the check of peers.
 *
 * <p>Enrollment runs on the main thread before anything is served; the checks run on gRPC's
 * threads. Start at {@link assay.agent.identity.NodeIdentity}, then {@link
 * assay.agent.identity.PeerGuard}.
 */
@NullMarked
package assay.agent.identity;

import org.jspecify.annotations.NullMarked;
