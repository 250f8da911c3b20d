package assay.agent.identity;

import assay.agent.config.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;

/** Reads the certificate of the cluster's CA that the agent is started with. Stateless. */
public final class Authority {
    private Authority() {}

    /**
     * The first certificate of a PEM file.
     *
     * @throws StartException in one line, when there is none
     */
    public static X509Certificate read(Path file) {
        try {
            return Pem.certificates(Files.readString(file)).getFirst();
        } catch (IOException e) {
            throw new StartException(StartException.FAILED, "--ca: " + file + " can not be read");
        } catch (GeneralSecurityException e) {
            throw new StartException(
                    StartException.FAILED, "--ca: " + file + " (expected: a certificate in PEM)");
        }
    }
}
