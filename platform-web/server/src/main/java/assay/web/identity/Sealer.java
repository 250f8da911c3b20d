package assay.web.identity;

import assay.web.PrivateFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Seals bytes by AES-256-GCM, bound to what they are and whose: as another's they do not open.
 * Sealed are the nonce, the ciphertext and the tag, in this order. Immutable.
 */
public final class Sealer {
    /** Of a key, and of the secrets in files that keys are made from. */
    public static final int KEY_BYTES = 32;

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKey key;
    private final SecureRandom random = new SecureRandom();

    public Sealer(SecretKey key) {
        this.key = key;
    }

    /** The secret in the file, which all gateways share; drawn where there is none yet. */
    public static byte[] secret(Path file) {
        try {
            if (!Files.exists(file)) {
                byte[] fresh = new byte[KEY_BYTES];
                new SecureRandom().nextBytes(fresh);
                PrivateFile.write(file, HexFormat.of().formatHex(fresh) + "\n");
            }
            byte[] secret = HexFormat.of().parseHex(Files.readString(file).strip());
            if (secret.length != KEY_BYTES) {
                throw new IllegalStateException(
                        file + ": " + secret.length + " bytes (expected: " + KEY_BYTES + ")");
            }
            return secret;
        } catch (IOException e) {
            throw new UncheckedIOException("a secret beside the database: " + file, e);
        }
    }

    /**
     * @param context what it is and whose
     */
    public byte[] seal(String context, byte[] plain) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, context).doFinal(plain);
            return ByteBuffer.allocate(NONCE_BYTES + sealed.length).put(nonce).put(sealed).array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM does not seal", e);
        }
    }

    /**
     * @throws IllegalStateException when it was sealed under another key, or in another context
     */
    public byte[] open(String context, byte[] sealed) {
        try {
            return cipher(Cipher.DECRYPT_MODE, sealed, context)
                    .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IllegalStateException(
                    "a sealed secret does not open (expected: the file that it was sealed under)",
                    e);
        }
    }

    private Cipher cipher(int mode, byte[] nonceFirst, String context)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonceFirst, 0, NONCE_BYTES));
        cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
