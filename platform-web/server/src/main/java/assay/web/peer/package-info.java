/**
 * Who this process is to the others, and how it reaches them: enrollment, its certificate, mutual
 * TLS 1.3. Enrollment runs once, at the start; channels are shared. Start at {@link
 * assay.web.peer.PeerChannels}.
 */
@NullMarked
package assay.web.peer;

import org.jspecify.annotations.NullMarked;
