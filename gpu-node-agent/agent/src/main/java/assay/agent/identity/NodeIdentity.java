package assay.agent.identity;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * The node's own key and certificate. Immutable; the key never leaves the process but to its 0600
 * file.
 *
 * @param self who the certificate says this node is
 * @param key EC P-256
 * @param chain own certificate first
 * @param authority the cluster's CA
 */
public record NodeIdentity(
        PeerIdentity self, PrivateKey key, List<X509Certificate> chain, X509Certificate authority) {
    /** Refuses an empty chain and a certificate that is not a node's. */
    public NodeIdentity {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("certificate chain: empty");
        }
        if (self.kind() != PeerKind.NODE) {
            throw new IllegalArgumentException("identity: " + self + " (expected: a node's)");
        }
    }

    @Override
    public String toString() {
        return self.toString();
    }
}
