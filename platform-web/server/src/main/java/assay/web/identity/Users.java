package assay.web.identity;

import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.stereotype.Component;

/** People with an account. Thread-safe. */
@Component
class Users {
    /** Argon2id with 19 MiB, two passes, one lane: OWASP's first choice. */
    private static final Argon2PasswordEncoder ARGON2 =
            new Argon2PasswordEncoder(16, 32, 1, 19 * 1024, 2);

    private final JdbcClient jdbc;

    /** Compared with when there is no such user, so that both take the same time. */
    private final String nobody = hash(UUID.randomUUID().toString());

    Users(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** An account's row, as far as signing in needs it. */
    private record Account(UUID id, String passwordHash) {}

    /**
     * @param transaction may be bound to any tenant: people belong to none
     */
    void create(JdbcClient transaction, UUID id, String username, String password) {
        transaction
                .sql(
                        "insert into users (id, username, display_name, password_hash)"
                                + " values (?, ?, ?, ?)")
                .params(id, username, username, hash(password))
                .update();
    }

    void makeOperator(JdbcClient transaction, UUID id) {
        transaction.sql("update users set operator = true where id = ?").param(id).update();
    }

    /** Who this is, if the password is his. Takes some 50 ms. */
    Optional<UUID> check(String username, String password) {
        Optional<Account> account =
                jdbc.sql(
                                """
                                select id, password_hash from users
                                where lower(username) = lower(?) and disabled_at is null
                                """)
                        .param(username)
                        .query((row, _) ->
                                new Account(row.getObject(1, UUID.class), row.getString(2)))
                        .optional();
        boolean matches =
                ARGON2.matches(password, account.map(Account::passwordHash).orElse(nobody));
        return matches ? account.map(Account::id) : Optional.empty();
    }

    private static String hash(String password) {
        String encoded = ARGON2.encode(password);
        if (encoded == null) {
            throw new IllegalStateException("Argon2 gave no hash");
        }
        return encoded;
    }
}
