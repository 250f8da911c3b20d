package assay.web.identity.account;

import assay.web.WebSettings;
import assay.web.identity.Sealer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.UUID;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * What of accounts must stay secret from who has only the database: it is sealed or keyed with a
 * secret that stands in a file beside it. All gateways of an installation share the file.
 * Immutable.
 */
@Component
class AccountSecrets {
    private static final String MAC = "HmacSHA256";

    private final Sealer sealer;
    private final SecretKey hashing;

    @Autowired
    AccountSecrets(WebSettings settings) {
        this(Sealer.secret(settings.secretsDir().resolve("account-secret")));
    }

    /**
     * @param secret 32 bytes that nobody knows
     */
    AccountSecrets(byte[] secret) {
        this.sealer = new Sealer(derive(secret, "second factors", "AES"));
        this.hashing = derive(secret, "keyed hashes", MAC);
    }

    private static SecretKey derive(byte[] secret, String purpose, String algorithm) {
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey(
                            algorithm,
                            HKDFParameterSpec.ofExtract()
                                    .addIKM(secret)
                                    .thenExpand(
                                            ("assay accounts: " + purpose)
                                                    .getBytes(StandardCharsets.UTF_8),
                                            Sealer.KEY_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HKDF-SHA256 is missing", e);
        }
    }

    /**
     * @param owner whose it is: in another's row it does not open
     */
    byte[] seal(UUID owner, byte[] plain) {
        return sealer.seal(owner.toString(), plain);
    }

    /**
     * @throws IllegalStateException when it was sealed under another secret, or for another owner
     */
    byte[] open(UUID owner, byte[] sealed) {
        return sealer.open(owner.toString(), sealed);
    }

    /** HMAC-SHA-256: an index that can be looked up and not be searched by trying. */
    byte[] hash(String purpose, String text) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(hashing.getEncoded(), MAC));
            mac.update(purpose.getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(MAC + " is missing", e);
        }
    }
}
