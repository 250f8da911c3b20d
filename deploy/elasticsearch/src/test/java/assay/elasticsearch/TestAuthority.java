package assay.elasticsearch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A certificate authority that lives as long as a test. It keeps nothing: the key of the authority
 * is gone when the certificate of the server is there.
 *
 * @param folder with {@code server.p12}, key and certificates of a server on loopback
 * @param certificate of the authority, PEM
 */
record TestAuthority(Path folder, Path certificate) {
    private static final String AUTHORITY = "authority";

    /**
     * Makes both in that folder, with the JDK's own tool.
     *
     * @param password of the file with the keys, 6 characters or more
     */
    static TestAuthority make(Path folder, String password)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path keys = folder.resolve("server.p12");
        keytool(keys, password, AUTHORITY, "-ext", "bc:critical=ca:true", "-ext", "ku=keyCertSign");
        keytool(
                keys,
                password,
                "server",
                "-signer",
                AUTHORITY,
                "-ext",
                "san=ip:127.0.0.1,dns:localhost");
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, password.toCharArray());
        }
        Path certificate = folder.resolve("ca.pem");
        Files.writeString(certificate, pem(store.getCertificate(AUTHORITY)));
        store.deleteEntry(AUTHORITY);
        try (OutputStream out = Files.newOutputStream(keys)) {
            store.store(out, password.toCharArray());
        }
        return new TestAuthority(folder, certificate);
    }

    private static void keytool(Path keys, String password, String alias, String... more)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of("-genkeypair", "-alias", alias, "-dname", "CN=" + alias));
        command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2"));
        command.addAll(List.of("-keystore", keys.toString(), "-storetype", "PKCS12"));
        command.addAll(List.of("-storepass:env", "KEYS_PASSWORD"));
        command.addAll(List.of(more));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("KEYS_PASSWORD", password);
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("keytool made no key " + alias + ": " + said);
        }
    }

    private static String pem(Certificate certificate) throws GeneralSecurityException {
        var base64 = Base64.getMimeEncoder(64, new byte[] {'\n'});
        return "-----BEGIN CERTIFICATE-----\n"
                + base64.encodeToString(certificate.getEncoded())
                + "\n-----END CERTIFICATE-----\n";
    }
}
