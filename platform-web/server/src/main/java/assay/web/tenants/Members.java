package assay.web.tenants;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.audit.AuditedChanges;
import assay.web.http.Versions;
import assay.web.identity.Caller;
import assay.web.identity.Memberships;
import assay.web.identity.Permission;
import assay.web.identity.Role;
import assay.web.identity.Roles;
import assay.web.tenancy.TenantTransactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Who belongs to a tenant, and as what. Thread-safe. Nobody gives a role that may what he may not,
 * or touches somebody whose role does; and an administrator is always left.
 */
@Component
public class Members {
    private static final String PATH = "/members";
    private static final String COLUMNS =
            """
            select m.user_id, u.username, u.display_name, u.operator, u.disabled_at is not null as
                disabled, coalesce(m.role, m.role_id::text) as role, coalesce(r.name, m.role) as
                role_name, m.created_at, m.version
            from memberships m join users u on u.id = m.user_id
                left join roles r on r.id = m.role_id
            """;

    private final TenantTransactions transactions;
    private final AuditedChanges changes;
    private final Memberships memberships;
    private final Roles roles;

    Members(
            TenantTransactions transactions,
            AuditedChanges changes,
            Memberships memberships,
            Roles roles) {
        this.transactions = transactions;
        this.changes = changes;
        this.memberships = memberships;
        this.roles = roles;
    }

    /**
     * A member.
     *
     * @param role a built-in role's id, or a custom role's
     * @param roleName what people call it; a built-in role's is its id
     */
    public record Member(
            UUID userId,
            String username,
            String name,
            boolean operator,
            boolean disabled,
            String role,
            String roleName,
            Instant since,
            long version) {}

    /**
     * Members by user name.
     *
     * @param search part of a name; empty for all
     * @param after the user name that the page before ended with; null for the first page
     */
    public List<Member> list(Caller caller, String search, @Nullable String after, int limit) {
        caller.require(Permission.USER_MANAGE);
        return transactions.in(
                caller.tenantId(),
                transaction ->
                        transaction
                                .sql(
                                        COLUMNS
                                                + """
                                                where (position(lower(:search) in lower(u.username)) > 0
                                                    or position(lower(:search) in lower(u.display_name)) > 0)
                                                    and lower(u.username) > lower(:after)
                                                order by lower(u.username) limit :limit
                                                """)
                                .param("search", search.strip())
                                .param("after", after == null ? "" : after)
                                .param("limit", limit)
                                .query((row, _) -> member(row))
                                .list());
    }

    /**
     * Adds a person who has an account. Whether a name is taken is a secret of the platform, so
     * that is for its operator; administrators invite.
     */
    public Member add(AdminCall call, String username, String role) {
        var change = call.change("member.add", "user", username, "POST", PATH, "role", role);
        return changes.inTransaction(
                change,
                transaction -> {
                    call.caller().require(Permission.TENANT_MANAGE);
                    roles.checkGrantable(transaction, call.caller(), role);
                    UUID user =
                            transaction
                                    .sql("select id from users where lower(username) = lower(?)")
                                    .param(username)
                                    .query(UUID.class)
                                    .optional()
                                    .orElseThrow(() ->
                                            WebException.invalid("username", "no such person"));
                    memberships.join(transaction, call.caller().tenantId(), user, role);
                    return find(transaction, user);
                });
    }

    /**
     * Gives the member another role.
     *
     * @throws WebException NOT_GRANTABLE, LAST_ADMIN
     */
    public Member change(AdminCall call, UUID user, long seen, String role) {
        var change =
                call.change(
                        "member.change",
                        "user",
                        user.toString(),
                        "PUT",
                        PATH + "/" + user,
                        "role",
                        role);
        return changes.inTransaction(
                change,
                transaction -> {
                    Member before = touchable(transaction, call.caller(), user, seen);
                    roles.checkGrantable(transaction, call.caller(), role);
                    if (!role.equals(Role.ADMIN.id())) {
                        memberships.checkNotLastAdmin(transaction, before.userId());
                    }
                    memberships.join(transaction, call.caller().tenantId(), user, role);
                    return find(transaction, user);
                });
    }

    /**
     * Ends the membership. The person's own keys end with it; the account stays.
     *
     * @throws WebException NOT_GRANTABLE, LAST_ADMIN
     */
    public void remove(AdminCall call, UUID user, long seen) {
        var change =
                call.change("member.remove", "user", user.toString(), "DELETE", PATH + "/" + user);
        changes.inTransaction(
                change,
                transaction -> {
                    Member before = touchable(transaction, call.caller(), user, seen);
                    memberships.checkNotLastAdmin(transaction, before.userId());
                    return memberships.leave(transaction, user);
                });
    }

    private Member touchable(JdbcClient transaction, Caller caller, UUID user, long seen) {
        caller.require(Permission.USER_MANAGE);
        // One change of administrators at a time, so that two can not each leave the other.
        transaction
                .sql(
                        "select user_id from memberships where role = 'admin' or user_id = ? for"
                                + " update")
                .param(user)
                .query(UUID.class)
                .list();
        Member member = find(transaction, user);
        Versions.check(seen, member.version());
        roles.permissions(transaction, member.role())
                .ifPresent(held -> roles.checkGrantable(caller, held));
        return member;
    }

    private static Member find(JdbcClient transaction, UUID user) {
        return transaction
                .sql(COLUMNS + " where m.user_id = ?")
                .param(user)
                .query((row, _) -> member(row))
                .optional()
                .orElseThrow(() -> new WebException(ErrorCode.NOT_FOUND, "no such member"));
    }

    private static Member member(ResultSet row) throws SQLException {
        return new Member(
                row.getObject("user_id", UUID.class),
                row.getString("username"),
                row.getString("display_name"),
                row.getBoolean("operator"),
                row.getBoolean("disabled"),
                row.getString("role"),
                row.getString("role_name"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getLong("version"));
    }
}
