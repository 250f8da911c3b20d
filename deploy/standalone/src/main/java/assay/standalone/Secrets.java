package assay.standalone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/**
 * The passwords of one installation: made once, kept in files that only their owner reads. Confined
 * to the main thread.
 */
final class Secrets {
    private static final String BASE62 =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /** 24 signs of 62 are 142 bits. */
    private static final int SIGN_COUNT = 24;

    private final Path folder;
    private final RandomGenerator random;

    Secrets(Path folder) {
        this(folder, new SecureRandom());
    }

    Secrets(Path folder, RandomGenerator random) {
        this.folder = folder;
        this.random = random;
    }

    /** The secret of that name; made when it is not there. */
    String get(String name) throws IOException {
        return getFrom(folder.resolve(name));
    }

    /** The secret in that file; made when it is not there. */
    String getFrom(Path file) throws IOException {
        if (Files.exists(file)) {
            return Files.readString(file).strip();
        }
        String secret = next();
        DataFolder.writePrivate(file, secret + "\n");
        return secret;
    }

    /** A new one, kept nowhere. */
    String next() {
        var secret = new StringBuilder(SIGN_COUNT);
        for (int i = 0; i < SIGN_COUNT; i++) {
            secret.append(BASE62.charAt(random.nextInt(BASE62.length())));
        }
        return secret.toString();
    }
}
