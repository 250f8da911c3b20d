package assay.audit.chain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;

/**
 * The key that day seals are signed with: ECDSA on P-256 with SHA-256 (FIPS 186-5). Made at the
 * first start; of several gateways all have the same, or each trusts the others' public keys.
 * Immutable.
 */
public final class SealKey {
    private static final String PRIVATE_FILE = "audit-seal-key.pem";
    private static final String PUBLIC_FILE = "audit-seal-key.pub.pem";
    private static final String PRIVATE_LABEL = "PRIVATE KEY";
    private static final String PUBLIC_LABEL = "PUBLIC KEY";
    private static final String SIGNATURE = "SHA256withECDSA";

    private final PrivateKey secret;
    private final PublicKey open;

    private SealKey(PrivateKey secret, PublicKey open) {
        this.secret = secret;
        this.open = open;
    }

    /**
     * Reads the key of a folder; makes it when there is none. The private half is a file that its
     * owner alone may read, the public half may be read by all.
     */
    public static SealKey open(Path folder) {
        Path secretFile = folder.resolve(PRIVATE_FILE);
        Path openFile = publicFile(folder);
        try {
            if (Files.notExists(secretFile)) {
                make(folder, secretFile, openFile);
            }
            var bytes = new PKCS8EncodedKeySpec(read(secretFile, PRIVATE_LABEL));
            return new SealKey(
                    KeyFactory.getInstance("EC").generatePrivate(bytes), readPublic(openFile));
        } catch (IOException e) {
            throw new UncheckedIOException("the key of audit seals in " + folder, e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the key of audit seals in " + folder, e);
        }
    }

    /** Where the public half of a folder's key stands. */
    public static Path publicFile(Path folder) {
        return folder.resolve(PUBLIC_FILE);
    }

    /** The public half comes first: a private one is never there without it. */
    private static void make(Path folder, Path secretFile, Path openFile)
            throws IOException, GeneralSecurityException {
        Files.createDirectories(folder);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), new SecureRandom());
        KeyPair pair = generator.generateKeyPair();
        Files.writeString(openFile, pem(PUBLIC_LABEL, pair.getPublic().getEncoded()));
        Path part = folder.resolve(PRIVATE_FILE + ".part");
        Files.deleteIfExists(part);
        Files.createFile(
                part,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(part, pem(PRIVATE_LABEL, pair.getPrivate().getEncoded()));
        if (Files.exists(secretFile)) {
            throw new FileAlreadyExistsException(secretFile.toString());
        }
        Files.move(part, secretFile);
    }

    /** A public key in PEM. */
    public static PublicKey readPublic(Path file) throws IOException {
        return publicKey(read(file, PUBLIC_LABEL));
    }

    /** A public key of its X.509 bytes. */
    static PublicKey publicKey(byte[] bytes) {
        try {
            return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("a public key: not one of an elliptic curve", e);
        }
    }

    static String pem(PublicKey key) {
        return pem(PUBLIC_LABEL, key.getEncoded());
    }

    private static String pem(String label, byte[] bytes) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(
                        label,
                        Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes),
                        label);
    }

    private static byte[] read(Path file, String label) throws IOException {
        String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
        String head = "-----BEGIN " + label + "-----";
        String foot = "-----END " + label + "-----";
        if (!text.startsWith(head) || !text.endsWith(foot)) {
            throw new IOException(file + ": no PEM of a " + label);
        }
        return Base64.getMimeDecoder()
                .decode(text.substring(head.length(), text.length() - foot.length()));
    }

    public PublicKey publicKey() {
        return open;
    }

    /** SHA-256 over the public key's X.509 bytes, in hexadecimal digits. */
    public String id() {
        return id(open);
    }

    static String id(PublicKey key) {
        return HexFormat.of().formatHex(Hashes.sha256(key.getEncoded()));
    }

    DaySeal sign(DaySeal unsigned) {
        try {
            Signature signature = Signature.getInstance(SIGNATURE);
            signature.initSign(secret);
            signature.update(unsigned.statement());
            return unsigned.signed(HexFormat.of().formatHex(signature.sign()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the day " + unsigned.day() + " can not be signed", e);
        }
    }

    static boolean verifies(DaySeal seal, PublicKey key) {
        try {
            Signature signature = Signature.getInstance(SIGNATURE);
            signature.initVerify(key);
            signature.update(seal.statement());
            return signature.verify(HexFormat.of().parseHex(seal.signature()));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }
}
