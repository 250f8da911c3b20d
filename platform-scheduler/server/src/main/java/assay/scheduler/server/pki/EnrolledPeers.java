package assay.scheduler.server.pki;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.sql.Timestamp;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Who was ever let in, in the database. Thread-safe. */
public final class EnrolledPeers {
    private final JdbcClient database;

    public EnrolledPeers(JdbcClient database) {
        this.database = database;
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

    /** Whether the owner of this key is enrolled under this identity and was not sent away. */
    public boolean isWelcome(Identity identity, X509Certificate certificate) {
        return database.sql(
                                """
                                select count(*) from enrolled
                                where id = :id and kind = :kind and public_key_sha256 = :key
                                    and revoked_at is null
                                """)
                        .param("id", identity.id())
                        .param("kind", identity.kind().word())
                        .param("key", sha256(certificate.getPublicKey().getEncoded()))
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
