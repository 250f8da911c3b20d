package assay.web.identity;

import java.util.Locale;
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
    private record Account(UUID id, String name, String passwordHash) {}

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

    void join(JdbcClient transaction, UUID tenantId, UUID userId, Role role) {
        transaction
                .sql("insert into memberships (tenant_id, user_id, role) values (?, ?, ?)")
                .params(tenantId, userId, role.name().toLowerCase(Locale.ROOT))
                .update();
    }

    /** Who this is, if the password is his and he belongs to a tenant. Takes some 50 ms. */
    Optional<SignedInPerson> check(String username, String password) {
        Optional<Account> account =
                jdbc.sql(
                                """
                                select id, display_name, password_hash from users
                                where lower(username) = lower(?) and disabled_at is null
                                """)
                        .param(username)
                        .query((row, _) ->
                                new Account(
                                        row.getObject(1, UUID.class),
                                        row.getString(2),
                                        row.getString(3)))
                        .optional();
        boolean matches =
                ARGON2.matches(password, account.map(Account::passwordHash).orElse(nobody));
        return matches ? account.flatMap(this::member) : Optional.empty();
    }

    private Optional<SignedInPerson> member(Account account) {
        return jdbc
                .sql("select tenant_id, role from find_memberships(?)")
                .param(account.id())
                .query((row, _) ->
                        new SignedInPerson(
                                account.id(),
                                account.name(),
                                row.getObject(1, UUID.class),
                                Role.valueOf(row.getString(2).toUpperCase(Locale.ROOT))))
                .stream()
                .findFirst();
    }

    /** Who this is in the tenant, if he still belongs to it and may sign in. */
    Optional<SignedInPerson> find(UUID tenantId, UUID userId) {
        return jdbc.sql(
                        """
                        select u.display_name, m.tenant_id, m.role
                        from users u cross join lateral find_memberships(u.id) m
                        where u.id = ? and u.disabled_at is null and m.tenant_id = ?
                        """)
                .params(userId, tenantId)
                .query((row, _) ->
                        new SignedInPerson(
                                userId,
                                row.getString(1),
                                row.getObject(2, UUID.class),
                                Role.valueOf(row.getString(3).toUpperCase(Locale.ROOT))))
                .optional();
    }

    private static String hash(String password) {
        String encoded = ARGON2.encode(password);
        if (encoded == null) {
            throw new IllegalStateException("Argon2 gave no hash");
        }
        return encoded;
    }
}
