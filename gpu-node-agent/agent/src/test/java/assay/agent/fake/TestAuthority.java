package assay.agent.fake;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A cluster's CA: signs what it is asked to, also what no real one would. Thread-safe. */
public final class TestAuthority {
    private static final AtomicLong SERIALS = new AtomicLong(1);

    private final KeyPair pair = newPair();
    private final X509Certificate certificate =
            sign(pair.getPublic(), "test authority", List.of(), List.of(), true);

    /** A certificate with its key. */
    public record Signed(KeyPair pair, X509Certificate certificate) {}

    /** A new EC P-256 pair. */
    public static KeyPair newPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The CA's own certificate. */
    public X509Certificate certificate() {
        return certificate;
    }

    /** A new pair with a certificate for these alternative names. */
    public Signed issue(String urn, String... hosts) {
        KeyPair fresh = newPair();
        return new Signed(fresh, issue(fresh.getPublic(), urn, List.of(hosts)));
    }

    /** A certificate for a key that someone else holds. */
    public X509Certificate issue(PublicKey key, String urn, List<String> hosts) {
        return sign(key, "test process", List.of(urn), hosts, false);
    }

    /** Writes the CA's certificate as PEM. */
    public Path writeTo(Path file) {
        try {
            return Files.writeString(file, pem(certificate));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** A certificate as PEM. */
    public static String pem(X509Certificate certificate) {
        try {
            return "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
                    + "\n-----END CERTIFICATE-----\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private X509Certificate sign(
            PublicKey key, String name, List<String> urns, List<String> hosts, boolean authority) {
        try {
            Instant now = Instant.now();
            JcaX509v3CertificateBuilder builder =
                    new JcaX509v3CertificateBuilder(
                            new X500Name("CN=test authority"),
                            BigInteger.valueOf(SERIALS.getAndIncrement()),
                            Date.from(now.minusSeconds(60)),
                            Date.from(now.plusSeconds(3_600)),
                            new X500Name("CN=" + name),
                            key);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            List<GeneralName> names = new ArrayList<>();
            urns.forEach(urn -> names.add(new GeneralName(6, urn)));
            for (String host : hosts) {
                boolean address = host.matches("[0-9.]+");
                names.add(new GeneralName(address ? 7 : 2, host));
            }
            if (!names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(names.toArray(new GeneralName[0])));
            }
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate());
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
