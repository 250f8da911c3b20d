package assay.web.identity;

import assay.web.ErrorCode;
import assay.web.WebException;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What roles hold, and the rule that nobody gives what he has not. Stateless. A role is one text: a
 * built-in role's id, or the id of one of the tenant's own.
 */
@Component
public class Roles {
    /**
     * What a role of the tenant may.
     *
     * @param transaction bound to the tenant
     * @return empty when there is no such role
     */
    public Optional<Set<Permission>> permissions(JdbcClient transaction, String role) {
        if (Memberships.builtIn(role) != null) {
            return Optional.of(Role.valueOf(role.toUpperCase(Locale.ROOT)).permissions());
        }
        UUID id;
        try {
            id = UUID.fromString(role);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return transaction
                .sql("select permissions from roles where id = ?")
                .param(id)
                .query((row, _) -> Permission.known(Rights.texts(row.getArray(1))))
                .optional();
    }

    /**
     * Whether the caller may give the role to somebody.
     *
     * @return what the role may
     * @throws WebException INVALID_REQUEST at {@code role} when there is none, NOT_GRANTABLE when
     *     it may what the caller may not
     */
    public Set<Permission> checkGrantable(JdbcClient transaction, Caller caller, String role) {
        Set<Permission> permissions =
                permissions(transaction, role)
                        .orElseThrow(() -> WebException.invalid("role", "no such role"));
        checkGrantable(caller, permissions);
        return permissions;
    }

    /**
     * @throws WebException NOT_GRANTABLE when the caller lacks one of them
     */
    public void checkGrantable(Caller caller, Set<Permission> permissions) {
        Set<Permission> lacking = EnumSet.noneOf(Permission.class);
        lacking.addAll(permissions);
        lacking.removeAll(caller.permissions());
        if (!lacking.isEmpty()) {
            throw new WebException(
                    ErrorCode.NOT_GRANTABLE,
                    "nobody can give what he does not hold: "
                            + lacking.stream()
                                    .map(Permission::id)
                                    .sorted()
                                    .collect(Collectors.joining(", ")));
        }
    }
}
