package assay.web.identity.account;

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
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
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
    private static final int BYTES = 32;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final String MAC = "HmacSHA256";

    private final SecretKey sealing;
    private final SecretKey hashing;
    private final SecureRandom random = new SecureRandom();

    @Autowired
    AccountSecrets(WebSettings settings) {
        this(read(settings.secretsDir().resolve("account-secret")));
    }

    /**
     * @param secret 32 bytes that nobody knows
     */
    AccountSecrets(byte[] secret) {
        this.sealing = derive(secret, "second factors", "AES");
        this.hashing = derive(secret, "keyed hashes", MAC);
    }

    private static byte[] read(Path file) {
        try {
            if (!Files.exists(file)) {
                byte[] fresh = new byte[BYTES];
                new SecureRandom().nextBytes(fresh);
                PrivateFile.write(file, HexFormat.of().formatHex(fresh) + "\n");
            }
            byte[] secret = HexFormat.of().parseHex(Files.readString(file).strip());
            if (secret.length != BYTES) {
                throw new IllegalStateException(
                        file + ": " + secret.length + " bytes (expected: " + BYTES + ")");
            }
            return secret;
        } catch (IOException e) {
            throw new UncheckedIOException("the secret of accounts: " + file, e);
        }
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
                                            BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HKDF-SHA256 is missing", e);
        }
    }

    /**
     * Encrypts with AES-256-GCM.
     *
     * @param owner whose it is: in another's row it does not open
     * @return nonce, ciphertext, tag
     */
    byte[] seal(UUID owner, byte[] plain) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, owner, nonce, 0).doFinal(plain);
            return ByteBuffer.allocate(nonce.length + sealed.length).put(nonce).put(sealed).array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not seal", e);
        }
    }

    /**
     * @throws IllegalStateException when it was sealed under another secret, or for another owner
     */
    byte[] open(UUID owner, byte[] sealed) {
        try {
            return cipher(Cipher.DECRYPT_MODE, owner, sealed, 0)
                    .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "a second factor does not open: is account-secret the one it was sealed under?",
                    e);
        }
    }

    private Cipher cipher(int mode, UUID owner, byte[] nonce, int offset)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, sealing, new GCMParameterSpec(TAG_BITS, nonce, offset, NONCE_BYTES));
        cipher.updateAAD(owner.toString().getBytes(StandardCharsets.US_ASCII));
        return cipher;
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
