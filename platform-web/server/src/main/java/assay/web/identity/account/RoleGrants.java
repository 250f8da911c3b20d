package assay.web.identity.account;

import assay.web.ErrorCode;
import assay.web.WebException;
import assay.web.identity.Caller;
import assay.web.identity.Permission;
import assay.web.identity.Rights;
import assay.web.identity.Role;
import assay.web.identity.Roles;
import assay.web.identity.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Who may do what to whom: nobody gives a role with a right that he does not hold, and nobody takes
 * over an account that may do more than his own. Thread-safe.
 */
@Component
class RoleGrants {
    private final Rights rights;
    private final Roles roles;

    RoleGrants(Rights rights, Roles roles) {
        this.rights = rights;
        this.roles = roles;
    }

    /**
     * @throws WebException INVALID_REQUEST when there is no such role, NOT_GRANTABLE when it may
     *     more than the caller
     */
    void check(JdbcClient transaction, Caller caller, String role) {
        roles.checkGrantable(transaction, caller, role);
    }

    List<Invitations.Grantable> grantable(JdbcClient transaction, Caller caller) {
        List<Invitations.Grantable> found = new ArrayList<>();
        for (Role each : Role.values()) {
            found.add(new Invitations.Grantable(each.id(), each.id()));
        }
        found.addAll(
                transaction
                        .sql("select id::text, name from roles order by lower(name)")
                        .query((row, _) ->
                                new Invitations.Grantable(row.getString(1), row.getString(2)))
                        .list());
        found.removeIf(each ->
                roles.permissions(transaction, each.id())
                        .filter(given -> caller.permissions().containsAll(given))
                        .isEmpty());
        return found;
    }

    boolean exists(JdbcClient transaction, String role) {
        return roles.permissions(transaction, role).isPresent();
    }

    /** Whether who gave it may still give it: a link does not outlive its maker's rights. */
    boolean stillGranted(JdbcClient transaction, UUID tenantId, UUID giver, String role) {
        Optional<Standing> standing = rights.find(tenantId, giver);
        return standing.isPresent()
                && standing.get().permissions().contains(Permission.USER_MANAGE)
                && roles.permissions(transaction, role)
                        .filter(given -> standing.get().permissions().containsAll(given))
                        .isPresent();
    }

    /**
     * Whether the caller may set what opens another's account. An account opens every tenant that
     * its person is in, so only the platform's operator may where there is more than one.
     *
     * @param transaction bound to the caller's tenant
     * @throws WebException NOT_FOUND when he is no member, PERMISSION_DENIED
     */
    void checkAccount(JdbcClient transaction, Caller caller, UUID userId) {
        Standing other =
                rights.find(caller.tenantId(), userId)
                        .orElseThrow(() -> new WebException(ErrorCode.NOT_FOUND, "no such member"));
        if (caller.may(Permission.TENANT_MANAGE)) {
            return;
        }
        boolean elsewhere =
                transaction
                        .sql("select belongs_elsewhere(?, ?)")
                        .params(userId, caller.tenantId())
                        .query(Boolean.class)
                        .single();
        if (elsewhere) {
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED,
                    "the account belongs to other tenants too: only the platform's operator may");
        }
        if (other.operator() || !caller.permissions().containsAll(other.permissions())) {
            throw new WebException(
                    ErrorCode.PERMISSION_DENIED,
                    "the account holds a permission that you do not hold yourself");
        }
    }
}
