package assay.agent.identity;

import io.grpc.Context;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A process of the cluster as its certificate names it: {@code urn:assay:<kind>:<uuid>}. Immutable.
 */
public record PeerIdentity(PeerKind kind, UUID id) {
    /** Who calls, inside every call that {@link PeerGuard} let through. */
    public static final Context.Key<PeerIdentity> CALLER = Context.key("assay-caller");

    private static final int URI_NAME = 6; // GeneralName choice 6 of RFC 5280
    private static final String PREFIX = "urn:assay:";

    /** Reads the URN; empty when it is not one of ours. */
    public static Optional<PeerIdentity> parse(String urn) {
        if (!urn.startsWith(PREFIX)) {
            return Optional.empty();
        }
        String[] parts = urn.substring(PREFIX.length()).split(":", -1);
        if (parts.length != 2) {
            return Optional.empty();
        }
        try {
            UUID id = UUID.fromString(parts[1]);
            return PeerKind.of(parts[0]).map(kind -> new PeerIdentity(kind, id));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The identity in a certificate's alternative names; empty unless there is exactly one. */
    public static Optional<PeerIdentity> of(X509Certificate certificate) {
        Collection<List<?>> names;
        try {
            names = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            return Optional.empty();
        }
        if (names == null) {
            return Optional.empty();
        }
        List<PeerIdentity> found =
                names.stream()
                        .filter(name -> name.get(0).equals(URI_NAME))
                        .flatMap(name -> parse(String.valueOf(name.get(1))).stream())
                        .toList();
        return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
    }

    @Override
    public String toString() {
        return PREFIX + kind.word() + ":" + id;
    }
}
