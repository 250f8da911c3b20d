package assay.web.identity;

import assay.web.PrivateFile;
import assay.web.WebSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;

/**
 * The secret under which keys are hashed. It stands in a file beside the database and never in it:
 * who has only the database can not even check a guess. Immutable.
 */
@Component
public class Pepper {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES = 32;

    private final SecretKeySpec key;

    Pepper(WebSettings settings) {
        Path file = settings.secretsDir().resolve("api-key-pepper");
        try {
            if (!Files.exists(file)) {
                var fresh = new byte[BYTES];
                new SecureRandom().nextBytes(fresh);
                PrivateFile.write(file, HexFormat.of().formatHex(fresh) + "\n");
            }
            byte[] secret = HexFormat.of().parseHex(Files.readString(file).strip());
            if (secret.length != BYTES) {
                throw new IllegalStateException(
                        file + ": " + secret.length + " bytes (expected: " + BYTES + ")");
            }
            this.key = new SecretKeySpec(secret, ALGORITHM);
        } catch (IOException e) {
            throw new UncheckedIOException("the pepper of API keys: " + file, e);
        }
    }

    public byte[] hash(String apiKey) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(apiKey.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is missing", e);
        }
    }
}
