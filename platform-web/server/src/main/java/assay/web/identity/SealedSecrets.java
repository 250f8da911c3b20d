package assay.web.identity;

import assay.web.PrivateFile;
import assay.web.WebSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;

/**
 * Secrets that the server itself must be able to read again, as those it shows to another service.
 * They are kept in the database sealed by AES-256-GCM under a key in a file beside it, which all
 * gateways share: who has only the database has none of them. Immutable.
 */
@Component
public class SealedSecrets {
    private static final int KEY_BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKey key;
    private final SecureRandom random = new SecureRandom();

    SealedSecrets(WebSettings settings) {
        Path file = settings.secretsDir().resolve("sealing-key");
        try {
            if (!Files.exists(file)) {
                byte[] fresh = new byte[KEY_BYTES];
                random.nextBytes(fresh);
                PrivateFile.write(file, HexFormat.of().formatHex(fresh) + "\n");
            }
            byte[] secret = HexFormat.of().parseHex(Files.readString(file).strip());
            if (secret.length != KEY_BYTES) {
                throw new IllegalStateException(
                        file + ": " + secret.length + " bytes (expected: " + KEY_BYTES + ")");
            }
            this.key = new SecretKeySpec(secret, "AES");
        } catch (IOException e) {
            throw new UncheckedIOException("the key of sealed secrets: " + file, e);
        }
    }

    /**
     * @param purpose and {@code owner}: what it is and whose; as another's it does not open
     * @return nonce, ciphertext, tag
     */
    public byte[] seal(String purpose, UUID owner, String secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed =
                    cipher(Cipher.ENCRYPT_MODE, nonce, purpose, owner)
                            .doFinal(secret.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.allocate(NONCE_BYTES + sealed.length).put(nonce).put(sealed).array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not seal", e);
        }
    }

    /**
     * @throws IllegalStateException when it was sealed under another key, or as another's
     */
    public String open(String purpose, UUID owner, byte[] sealed) {
        try {
            byte[] plain =
                    cipher(Cipher.DECRYPT_MODE, sealed, purpose, owner)
                            .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
            return new String(plain, StandardCharsets.UTF_8);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalStateException(
                    purpose + ": does not open (expected: the sealing-key it was sealed under)", e);
        }
    }

    private Cipher cipher(int mode, byte[] nonceFirst, String purpose, UUID owner)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonceFirst, 0, NONCE_BYTES));
        cipher.updateAAD((purpose + " " + owner).getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
