package assay.scheduler.server.pki;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Who was ever let in, in the database. Thread-safe. */
public final class EnrolledPeers {
    private static final Duration REMEMBERED = Duration.ofMinutes(15);
    private static final int MOST_REMEMBERED = 100_000;

    private final JdbcClient database;
    private final InstantSource clock;
    private final Map<Caller, Instant> welcomed = new ConcurrentHashMap<>();

    private record Caller(Identity identity, String key) {}

    public EnrolledPeers(JdbcClient database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Remembers a certificate; a later one of the same identity takes its place. */
    void remember(Identity identity, String name, X509Certificate certificate) {
        database.sql(
                        """
                        insert into enrolled (id, kind, name, public_key_sha256,
                                certificate_serial, certificate_until)
                        values (:id, :kind, :name, :key, :serial, :until)
                        on conflict (id) do update set name = excluded.name,
                            public_key_sha256 = excluded.public_key_sha256,
                            certificate_serial = excluded.certificate_serial,
                            certificate_until = excluded.certificate_until
                        """)
                .param("id", identity.id())
                .param("kind", identity.kind().word())
                .param("name", name)
                .param("key", sha256(certificate.getPublicKey().getEncoded()))
                .param("serial", certificate.getSerialNumber().toString(16))
                .param("until", Timestamp.from(certificate.getNotAfter().toInstant()))
                .update();
    }

    /** Puts the scheduler's own certificate beside the others. */
    public void rememberOwn(PkiFolder folder) {
        remember(folder.identity(), "scheduler", folder.chain().getFirst());
    }

    /**
     * Whether the owner of this key is enrolled under this identity and was not sent away. While
     * the database is away, who was welcome lately is so still.
     */
    public boolean isWelcome(Identity identity, X509Certificate certificate) {
        byte[] key = sha256(certificate.getPublicKey().getEncoded());
        var caller = new Caller(identity, HexFormat.of().formatHex(key));
        try {
            boolean welcome = isEnrolled(identity, key);
            if (!welcome) {
                welcomed.remove(caller);
            } else if (welcomed.size() < MOST_REMEMBERED || welcomed.containsKey(caller)) {
                welcomed.put(caller, clock.instant());
            }
            return welcome;
        } catch (DataAccessException e) {
            Instant seen = welcomed.get(caller);
            if (seen == null || seen.plus(REMEMBERED).isBefore(clock.instant())) {
                throw e;
            }
            return true;
        }
    }

    private boolean isEnrolled(Identity identity, byte[] key) {
        return database.sql(
                                """
                                select count(*) from enrolled
                                where id = :id and kind = :kind and public_key_sha256 = :key
                                    and revoked_at is null
                                """)
                        .param("id", identity.id())
                        .param("kind", identity.kind().word())
                        .param("key", key)
                        .query(Long.class)
                        .single()
                == 1;
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
