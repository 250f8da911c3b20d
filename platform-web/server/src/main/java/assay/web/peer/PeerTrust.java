package assay.web.peer;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts servers of one kind, under one authority: the chain, the host and the kind in the
 * certificate's URI must all be right. Thread-safe.
 */
final class PeerTrust extends X509ExtendedTrustManager {
    private static final String PREFIX = "urn:assay:";
    private static final int URI = 6; // GeneralName's tag, RFC 5280

    private final X509ExtendedTrustManager authority;
    private final String kind;

    /**
     * @param kind "scheduler" or "node"
     */
    PeerTrust(X509Certificate authority, String kind) {
        this.authority = of(authority);
        this.kind = kind;
    }

    /** The identity in a certificate, if it has one of ours. */
    static Optional<String> urn(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names == null
                    ? Optional.empty()
                    : names.stream()
                            .filter(name -> name.get(0).equals(URI))
                            .map(name -> String.valueOf(name.get(1)))
                            .filter(uri -> uri.startsWith(PREFIX))
                            .findFirst();
        } catch (CertificateParsingException e) {
            return Optional.empty();
        }
    }

    private static X509ExtendedTrustManager of(X509Certificate authority) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("authority", authority);
            var factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager extended) {
                    return extended;
                }
            }
            throw new IllegalStateException("PKIX without an extended trust manager");
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("an in-memory trust store was refused", e);
        }
    }

    private void checkKind(X509Certificate[] chain) throws CertificateException {
        String found = urn(chain[0]).orElse("none");
        if (!found.startsWith(PREFIX + kind + ":")) {
            throw new CertificateException(
                    "peer's identity: " + found + " (expected: " + PREFIX + kind + ":…)");
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        authority.checkServerTrusted(chain, type, engine);
        checkKind(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        authority.checkServerTrusted(chain, type, socket);
        checkKind(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        throw new CertificateException("a server is never trusted without its host's name");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        throw new CertificateException("only for connections that this process opens");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        throw new CertificateException("only for connections that this process opens");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        throw new CertificateException("only for connections that this process opens");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authority.getAcceptedIssuers();
    }
}
