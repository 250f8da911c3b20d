package assay.web.peer;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;

/**
 * This process's key and certificate, and the authority that peers are held against. Immutable.
 *
 * @param chain own certificate first
 */
public record ProcessIdentity(
        PrivateKey key, List<X509Certificate> chain, X509Certificate authority) {
    public ProcessIdentity {
        chain = List.copyOf(chain);
    }

    /** Key and chain, without a password: it never leaves memory. */
    public KeyStore keyStore() {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("own", key, new char[0], chain.toArray(Certificate[]::new));
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("an in-memory key store was refused", e);
        }
    }

    /** For servers and clients that show this certificate. */
    public KeyManagerFactory keyManagers() {
        try {
            var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(keyStore(), new char[0]);
            return factory;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("an in-memory key store was refused", e);
        }
    }

    /** As people and peers know it: {@code urn:assay:gateway:…}. */
    public String urn() {
        return PeerTrust.urn(chain.getFirst()).orElse("");
    }
}
