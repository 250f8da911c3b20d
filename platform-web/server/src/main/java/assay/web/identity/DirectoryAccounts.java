package assay.web.identity;

import assay.web.WebException;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Component;

/**
 * Accounts that a tenant's directory makes and changes, whichever way it speaks to us. They have no
 * password, and nothing here makes anybody the platform's operator. Thread-safe; every change ends
 * what gateways remember of the person.
 */
@Component
public class DirectoryAccounts {
    private static final int NAME_CHARS = 100;
    private static final int MOST_NAMESAKES = 1_000;

    private final JdbcClient jdbc;
    private final Memberships memberships;
    private final SignIns signIns;

    DirectoryAccounts(JdbcClient jdbc, Memberships memberships, SignIns signIns) {
        this.jdbc = jdbc;
        this.memberships = memberships;
        this.signIns = signIns;
    }

    /**
     * Makes an account. Its name begins with the tenant's, so that no directory takes a name that
     * another tenant, or somebody with a password, would want.
     *
     * @param transaction bound to the tenant
     * @param name as the directory has it
     */
    public UUID create(JdbcClient transaction, String name, String displayName) {
        String slug =
                transaction
                        .sql("select slug from tenants where id = assay_tenant()")
                        .query(String.class)
                        .single();
        UUID id = UUID.randomUUID();
        for (int namesake = 1; namesake <= MOST_NAMESAKES; namesake++) {
            String suffix = namesake == 1 ? "" : "-" + namesake;
            String full = slug + "/" + name;
            String username =
                    full.substring(0, Math.min(full.length(), NAME_CHARS - suffix.length()))
                            + suffix;
            int rows =
                    transaction
                            .sql(
                                    "insert into users (id, username, display_name) values (?, ?,"
                                            + " ?) on conflict do nothing")
                            .params(id, username, displayName)
                            .update();
            if (rows == 1) {
                return id;
            }
        }
        throw new IllegalStateException("too many accounts of one name: " + MOST_NAMESAKES);
    }

    /** What people are shown. */
    public void rename(JdbcClient transaction, UUID userId, String displayName) {
        transaction
                .sql(
                        "update users set display_name = :name"
                                + " where id = :id and display_name <> :name")
                .param("name", displayName)
                .param("id", userId)
                .update();
    }

    /** The roles that somebody can have in the transaction's tenant. */
    public Set<String> knownRoles(JdbcClient transaction) {
        Set<String> known =
                new HashSet<>(
                        transaction.sql("select id::text from roles").query(String.class).list());
        for (Role each : Role.values()) {
            known.add(each.id());
        }
        return known;
    }

    /**
     * Gives the person exactly this role in the tenant; without one he is no member any more.
     *
     * @param role one of {@link #knownRoles}, or null
     * @return whether that was a change
     * @throws WebException LAST_ADMIN when it would leave the tenant without an administrator
     */
    public boolean setRole(
            JdbcClient transaction, UUID tenantId, UUID userId, @Nullable String role) {
        String now =
                transaction
                        .sql(
                                "select coalesce(role, role_id::text) from memberships"
                                        + " where user_id = ?")
                        .param(userId)
                        .query(String.class)
                        .optional()
                        .orElse(null);
        if (Objects.equals(now, role)) {
            return false;
        }
        if (Role.ADMIN.id().equals(now)) {
            memberships.checkNotLastAdmin(transaction, userId);
        }
        if (role == null) {
            memberships.leave(transaction, userId);
        } else {
            memberships.join(transaction, tenantId, userId, role);
        }
        return true;
    }

    /** Closes the account, or opens it again, unless another tenant knows the person too. */
    public void setOpen(JdbcClient transaction, UUID userId, boolean open) {
        transaction
                .sql(
                        """
                        update users set disabled_at = case when :open then null else now() end
                        where id = :id and (disabled_at is null) <> :open
                            and password_hash is null and not known_elsewhere(id)
                        """)
                .param("open", open)
                .param("id", userId)
                .update();
    }

    /** Opens the console to the person in this tenant; empty when it is closed to him. */
    public Optional<Authentication> authentication(UUID tenantId, UUID userId, Object details) {
        jdbc.sql("update users set last_tenant = ? where id = ?").params(tenantId, userId).update();
        return signIns.authentication(userId, details);
    }
}
