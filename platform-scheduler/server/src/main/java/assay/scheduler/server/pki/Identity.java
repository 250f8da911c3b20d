package assay.scheduler.server.pki;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Who a certificate says its owner is: {@code urn:assay:<kind>:<uuid>}. Immutable. */
public record Identity(IdentityKind kind, UUID id) {
    private static final int URI_NAME = 6;

    public String urn() {
        return "urn:assay:" + kind.word() + ":" + id;
    }

    /** Empty when the certificate has not exactly one URI, or another one. */
    public static Optional<Identity> of(X509Certificate certificate) {
        try {
            var names = certificate.getSubjectAlternativeNames();
            if (names == null) {
                return Optional.empty();
            }
            List<String> uris =
                    names.stream()
                            .filter(name -> Integer.valueOf(URI_NAME).equals(name.get(0)))
                            .map(name -> String.valueOf(name.get(1)))
                            .toList();
            return uris.size() == 1 ? parse(uris.getFirst()) : Optional.empty();
        } catch (CertificateParsingException e) {
            return Optional.empty();
        }
    }

    static Optional<Identity> parse(String urn) {
        String[] parts = urn.split(":", -1);
        if (parts.length != 4 || !parts[0].equals("urn") || !parts[1].equals("assay")) {
            return Optional.empty();
        }
        try {
            UUID id = UUID.fromString(parts[3]);
            return Arrays.stream(IdentityKind.values())
                    .filter(kind -> kind.word().equals(parts[2]))
                    .map(kind -> new Identity(kind, id))
                    .filter(identity -> identity.urn().equals(urn))
                    .findFirst();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
