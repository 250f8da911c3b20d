package assay.web.peer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Certificates and EC keys as text. Stateless. */
final class Pem {
    private static final String BEGIN_KEY = "-----BEGIN PRIVATE KEY-----";
    private static final String END_KEY = "-----END PRIVATE KEY-----";
    private static final byte[] LINE_END = {'\n'};

    private Pem() {}

    static String of(PrivateKey key) {
        return BEGIN_KEY
                + "\n"
                + Base64.getMimeEncoder(64, LINE_END).encodeToString(key.getEncoded())
                + "\n"
                + END_KEY
                + "\n";
    }

    static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
        String text = Files.readString(file).strip();
        if (!text.startsWith(BEGIN_KEY) || !text.endsWith(END_KEY)) {
            throw new GeneralSecurityException(file + " does not hold a private key");
        }
        byte[] encoded =
                Base64.getMimeDecoder()
                        .decode(
                                text.substring(
                                        BEGIN_KEY.length(), text.length() - END_KEY.length()));
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded));
    }

    /** All certificates in the text, in their order; at least one. */
    static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
        var found = new ArrayList<X509Certificate>();
        var in = new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
        for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
            if (certificate instanceof X509Certificate x509) {
                found.add(x509);
            }
        }
        if (found.isEmpty()) {
            throw new GeneralSecurityException("no certificate found");
        }
        return found;
    }
}
