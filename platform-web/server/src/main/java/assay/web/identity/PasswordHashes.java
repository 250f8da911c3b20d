package assay.web.identity;

import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.stereotype.Component;

/**
 * Passwords as they are stored: Argon2id with 19 MiB, two passes, one lane, OWASP's first choice.
 * Thread-safe. Each takes some 50 ms of a core; above four at once the rest wait.
 */
@Component
public class PasswordHashes {
    private static final Argon2PasswordEncoder ARGON2 =
            new Argon2PasswordEncoder(16, 32, 1, 19 * 1024, 2);

    private final Semaphore atOnce = new Semaphore(4);

    /** Compared with when there is no hash, so that both take the same time. */
    private final String nobody = hash(UUID.randomUUID().toString());

    public String hash(String password) {
        atOnce.acquireUninterruptibly();
        try {
            String encoded = ARGON2.encode(password);
            if (encoded == null) {
                throw new IllegalStateException("Argon2 gave no hash");
            }
            return encoded;
        } finally {
            atOnce.release();
        }
    }

    /**
     * @param hash null where there is no such person, or one without a password
     */
    public boolean matches(String password, @Nullable String hash) {
        atOnce.acquireUninterruptibly();
        try {
            return ARGON2.matches(password, hash == null ? nobody : hash) && hash != null;
        } finally {
            atOnce.release();
        }
    }
}
