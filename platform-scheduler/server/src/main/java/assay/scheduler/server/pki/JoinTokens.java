package assay.scheduler.server.pki;

import assay.scheduler.server.ErrorCode;
import assay.scheduler.server.SchedulerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/** One-time tokens, of which the database holds hashes alone. Thread-safe. */
public final class JoinTokens {
    private static final Set<PosixFilePermission> OWNER_ALONE =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    private static final int SHORTEST = 32;

    private final JdbcClient database;

    public JoinTokens(JdbcClient database) {
        this.database = database;
    }

    /**
     * Takes in the lines {@code kind token} of a file. A token that was used stays used; one that
     * was not gets its time anew.
     *
     * @return how many may be used now
     * @throws SchedulerException CONFIGURATION_INVALID when others may read the file, or for a line
     *     that is none
     */
    public int importFrom(Path file, Duration lifetime) {
        try {
            if (!OWNER_ALONE.containsAll(Files.getPosixFilePermissions(file))) {
                throw invalid(file + ": readable by others (expected: mode 0600)");
            }
            int fresh = 0;
            for (String line : Files.readAllLines(file)) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    fresh += importLine(file, line.strip().split("\\s+"), lifetime);
                }
            }
            return fresh;
        } catch (IOException e) {
            throw new SchedulerException(
                    ErrorCode.CONFIGURATION_INVALID, "join tokens " + file + ": unreadable", e);
        }
    }

    private int importLine(Path file, String[] words, Duration lifetime) {
        boolean known =
                words.length == 2
                        && (words[0].equals(IdentityKind.NODE.word())
                                || words[0].equals(IdentityKind.GATEWAY.word()));
        if (!known || words[1].length() < SHORTEST) {
            throw invalid(
                    file + ": a line is not \"node TOKEN\" or \"gateway TOKEN\", or too short");
        }
        return database.sql(
                        """
                        insert into join_tokens (token_hash, kind, expires_at)
                        values (:hash, :kind, now() + make_interval(secs => :seconds))
                        on conflict (token_hash) do update set expires_at = excluded.expires_at
                            where join_tokens.used_at is null
                        """)
                .param("hash", hash(words[1]))
                .param("kind", words[0])
                .param("seconds", (double) lifetime.toSeconds())
                .update();
    }

    /** Uses a token up. Empty when it is unknown, used or expired: which, nobody is told. */
    Optional<IdentityKind> redeem(String token, UUID by) {
        return database.sql(
                        """
                        update join_tokens set used_at = now(), used_by = :by
                        where token_hash = :hash and used_at is null and expires_at > now()
                        returning kind
                        """)
                .param("by", by)
                .param("hash", hash(token))
                .query(String.class)
                .optional()
                .map(kind ->
                        kind.equals(IdentityKind.NODE.word())
                                ? IdentityKind.NODE
                                : IdentityKind.GATEWAY);
    }

    private static byte[] hash(String token) {
        return EnrolledPeers.sha256(token.getBytes(StandardCharsets.UTF_8));
    }

    private static SchedulerException invalid(String message) {
        return new SchedulerException(ErrorCode.CONFIGURATION_INVALID, message);
    }
}
