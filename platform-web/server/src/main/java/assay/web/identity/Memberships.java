package assay.web.identity;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.tenancy.Signals;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Who belongs to a tenant, as rows: without a question who may change them, for that is asked
 * before. Every change ends what gateways remember of the person. Thread-safe.
 *
 * <p>A role is one text, as in JSON: a built-in role's id, or the id of a role of the tenant's own.
 */
@Component
public class Memberships {
    private final Signals signals;

    Memberships(Signals signals) {
        this.signals = signals;
    }

    /**
     * Makes the person a member, or gives the member another role.
     *
     * @param transaction bound to the tenant
     * @param role exists: a built-in role's id, or a custom role's
     */
    public void join(JdbcClient transaction, UUID tenantId, UUID userId, String role) {
        transaction
                .sql(
                        """
                        insert into memberships (tenant_id, user_id, role, role_id)
                        values (:tenant, :user, :role, :custom)
                        on conflict (tenant_id, user_id) do update
                        set role = excluded.role, role_id = excluded.role_id,
                            version = memberships.version + 1
                        """)
                .param("tenant", tenantId)
                .param("user", userId)
                .param("role", builtIn(role))
                .param("custom", builtIn(role) == null ? UUID.fromString(role) : null)
                .update();
        signals.send(transaction, Rights.PERSON, userId.toString());
    }

    /** Ends the membership; whether there was one. */
    public boolean leave(JdbcClient transaction, UUID userId) {
        int rows =
                transaction.sql("delete from memberships where user_id = ?").param(userId).update();
        signals.send(transaction, Rights.PERSON, userId.toString());
        return rows > 0;
    }

    /**
     * Whether the tenant has an administrator without this one: asked before he is made less, or
     * removed. One such change at a time, so that two can not each leave the other.
     *
     * @param transaction bound to the tenant
     * @throws WebException LAST_ADMIN when he is the only one
     */
    public void checkNotLastAdmin(JdbcClient transaction, UUID userId) {
        List<UUID> admins =
                transaction
                        .sql("select user_id from memberships where role = 'admin' for update")
                        .query((row, _) -> row.getObject(1, UUID.class))
                        .list();
        if (!admins.contains(userId)) {
            return;
        }
        boolean others =
                transaction
                        .sql(
                                "select exists (select from memberships m join users u on u.id ="
                                        + " m.user_id where m.role = 'admin' and u.disabled_at is"
                                        + " null and u.id <> ?)")
                        .param(userId)
                        .query(Boolean.class)
                        .single();
        if (!others) {
            throw new WebException(
                    ErrorCode.LAST_ADMIN,
                    "this is the tenant's only administrator: make another first");
        }
    }

    /** The built-in role's id, or null when it is one of the tenant's own. */
    public static @Nullable String builtIn(String role) {
        return Arrays.stream(Role.values())
                .map(Role::id)
                .filter(role::equals)
                .findFirst()
                .orElse(null);
    }
}
