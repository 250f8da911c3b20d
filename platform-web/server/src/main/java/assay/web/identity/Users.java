package assay.web.identity;

import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The first person's account; all others come by invitation. Thread-safe. */
@Component
class Users {
    private final PasswordHashes hashes;

    Users(PasswordHashes hashes) {
        this.hashes = hashes;
    }

    /**
     * Makes an account whose password others know: it must be changed before anything else.
     *
     * @param transaction may be bound to any tenant: people belong to none
     */
    void create(JdbcClient transaction, UUID id, String username, String password) {
        transaction
                .sql(
                        """
                        insert into users
                            (id, username, display_name, password_hash, must_change_password)
                        values (?, ?, ?, ?, true)
                        """)
                .params(id, username, username, hashes.hash(password))
                .update();
    }

    void makeOperator(JdbcClient transaction, UUID id) {
        transaction.sql("update users set operator = true where id = ?").param(id).update();
    }
}
