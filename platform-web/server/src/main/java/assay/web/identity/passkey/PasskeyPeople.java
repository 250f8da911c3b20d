package assay.web.identity.passkey;

import java.io.Serial;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.web.webauthn.api.Bytes;
import org.springframework.security.web.webauthn.api.PublicKeyCredentialUserEntity;
import org.springframework.security.web.webauthn.management.PublicKeyCredentialUserEntityRepository;
import org.springframework.stereotype.Component;

/**
 * People as authenticators know them: by a random handle. What Spring Security calls a user name is
 * the id of the account here. Thread-safe.
 */
@Component
class PasskeyPeople implements PublicKeyCredentialUserEntityRepository {
    private static final int HANDLE_BYTES = 32;

    private final JdbcClient jdbc;
    private final SecureRandom random = new SecureRandom();

    PasskeyPeople(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * @param name what the device shows, beside {@code displayName}
     */
    record Person(UUID userId, Bytes handle, String name, String displayName)
            implements PublicKeyCredentialUserEntity {
        @Serial private static final long serialVersionUID = 1L;

        @Override
        public String getName() {
            return name;
        }

        @Override
        public Bytes getId() {
            return handle;
        }

        @Override
        public String getDisplayName() {
            return displayName;
        }
    }

    private static final String SELECT =
            "select u.id, h.handle, u.username, u.display_name from passkey_handles h"
                    + " join users u on u.id = h.user_id where ";

    /** Whose the handle is. */
    Optional<Person> find(Bytes handle) {
        return query("h.handle = ?", handle.getBytes());
    }

    private Optional<Person> query(String condition, Object parameter) {
        return jdbc.sql(SELECT + condition)
                .param(parameter)
                .query((row, _) ->
                        new Person(
                                row.getObject(1, UUID.class),
                                new Bytes(row.getBytes(2)),
                                row.getString(3),
                                row.getString(4)))
                .optional();
    }

    @Override
    public @Nullable PublicKeyCredentialUserEntity findById(Bytes id) {
        return find(id).orElse(null);
    }

    /** The person, with a handle that is made the first time it is wanted. */
    @Override
    public @Nullable PublicKeyCredentialUserEntity findByUsername(String username) {
        UUID userId;
        try {
            userId = UUID.fromString(username);
        } catch (IllegalArgumentException e) {
            return null;
        }
        byte[] fresh = new byte[HANDLE_BYTES];
        random.nextBytes(fresh);
        jdbc.sql(
                        "insert into passkey_handles (user_id, handle) values (?, ?)"
                                + " on conflict do nothing")
                .params(userId, fresh)
                .update();
        return query("u.id = ?", userId).orElse(null);
    }

    /** They are made when they are looked for. */
    @Override
    public void save(PublicKeyCredentialUserEntity person) {
        throw new UnsupportedOperationException("people are not made by their passkeys");
    }

    @Override
    public void delete(Bytes id) {
        throw new UnsupportedOperationException("people are not removed by their passkeys");
    }
}
