package assay.elasticsearch.server;

import java.io.IOException;
import java.nio.file.Path;
import org.elasticsearch.common.settings.KeyStoreWrapper;
import org.elasticsearch.common.settings.Settings;

/** As {@link EmbeddedServer}, with HTTPS alone and with users and API keys. */
public final class SecuredServer {
    /** Below the configuration's folder: the server's key and its certificates, PKCS #12. */
    public static final String KEYS = "server.p12";

    private SecuredServer() {}

    /**
     * Starts a node and stays until standard input ends.
     *
     * @param arguments the home folder with {@code lib} and {@code modules}, the folder of its
     *     data, the HTTP port, the node's name, and the folder of its configuration. The first line
     *     of standard input is the password of the user {@code elastic} and of the keys
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 5) {
            throw new IllegalArgumentException(
                    "arguments: " + arguments.length + " (expected: HOME DATA PORT NAME CONFIG)");
        }
        Path home = Path.of(arguments[0]).toAbsolutePath();
        Path data = Path.of(arguments[1]).toAbsolutePath();
        Path config = Path.of(arguments[4]).toAbsolutePath();
        Settings.Builder settings =
                EmbeddedServer.settings(home, data, Integer.parseInt(arguments[2]), arguments[3])
                        .put("xpack.security.enabled", true)
                        .put("xpack.security.http.ssl.enabled", true)
                        .put("xpack.security.http.ssl.keystore.path", KEYS)
                        .put("xpack.security.transport.ssl.enabled", false);
        settings.setSecureSettings(secrets(password()));
        EmbeddedServer.serve(settings.build(), home, config, arguments[3]);
    }

    private static String password() throws IOException {
        var line = new StringBuilder();
        for (int next = System.in.read(); next >= 0 && next != '\n'; next = System.in.read()) {
            line.append((char) next);
        }
        return line.toString();
    }

    private static KeyStoreWrapper secrets(String password) {
        KeyStoreWrapper secrets = KeyStoreWrapper.create();
        secrets.setString("bootstrap.password", password.toCharArray());
        secrets.setString(
                "xpack.security.http.ssl.keystore.secure_password", password.toCharArray());
        return secrets;
    }
}
