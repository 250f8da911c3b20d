package assay.web.identity;

import assay.web.WebSettings;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;

/**
 * Secrets that the server itself must be able to read again, as those it shows to another service.
 * They are kept in the database sealed under a key in a file beside it, which all gateways share:
 * who has only the database has none of them. Immutable.
 */
@Component
public class SealedSecrets {
    private final Sealer sealer;

    SealedSecrets(WebSettings settings) {
        this.sealer =
                new Sealer(
                        new SecretKeySpec(
                                Sealer.secret(settings.secretsDir().resolve("sealing-key")),
                                "AES"));
    }

    /**
     * @param purpose and {@code owner}: what it is and whose; as another's it does not open
     */
    public byte[] seal(String purpose, UUID owner, String secret) {
        return sealer.seal(purpose + " " + owner, secret.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * @throws IllegalStateException when it was sealed under another key, or as another's
     */
    public String open(String purpose, UUID owner, byte[] sealed) {
        return new String(sealer.open(purpose + " " + owner, sealed), StandardCharsets.UTF_8);
    }
}
